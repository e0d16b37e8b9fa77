"""An SMS gateway of the tests' own: HTTP on 127.0.0.1 that answers as 46elks does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass
class Gateway:
    """What has been sent, and what is answered."""

    port: int = 0
    sent: list[dict[str, str]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    """Path and Authorization of each request."""
    answer: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"46elks+http://u%40ser:p%3Aass@127.0.0.1:{self.port}?from=Exempel"


@contextmanager
def open_gateway() -> Iterator[Gateway]:
    """Serve on a free port, in a thread that ends with the block."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            gateway.said.append((self.path, self.headers.get("Authorization", "")))
            if gateway.answer == 200:
                gateway.sent.append({name: value[0] for name, value in parse_qs(form).items()})
            self.send_response(gateway.answer)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
