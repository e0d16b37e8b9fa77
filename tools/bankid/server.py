"""The two servers: the API, which asks for a certificate, and the app's pages."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from . import certificates
from .certificates import HOST, Certificates
from .orders import ERRORS, FAILURES, Order, Refused, Simulator, people, qr_text, random_ip

PREFIX = "/rp/v6.0/"
JSON = "application/json"
MOST_BYTES = 20_000


@dataclass(frozen=True)
class Running:
    """Where it is, and what it knows."""

    simulator: Simulator
    files: Certificates
    api: str
    app: str


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    simulator: Simulator
    timeout = 30

    def answer(self, status: int, body: str, kind: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MOST_BYTES))

    def log_message(self, *_args: object) -> None:
        pass


class Api(Handler):
    def do_POST(self) -> None:
        try:
            body = self.body()
            if self.headers.get("Content-Type") != JSON:
                raise Refused("unsupportedMediaType")
            if not self.path.startswith(PREFIX):
                raise Refused("notFound")
            try:
                asked = json.loads(body)
            except ValueError:
                raise Refused("invalidParameters", "No JSON") from None
            said = self.simulator.call(self.path.removeprefix(PREFIX), asked)
        except Refused as refusal:
            told = {"errorCode": refusal.code, "details": refusal.details}
            self.answer(ERRORS[refusal.code], json.dumps(told), JSON)
        else:
            self.answer(200, json.dumps(said), JSON)

    def do_GET(self) -> None:
        self.answer(405, json.dumps({"errorCode": "methodNotAllowed", "details": ""}), JSON)


class App(Handler):
    """What BankID's app does, with buttons."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/":
            return self.answer(404, "", "text/plain")
        token = parse_qs(parts.query).get("autostarttoken", [""])[0]
        if not token:
            return self.page(_waiting(self.simulator.waiting(), self.simulator))
        order = self.simulator.open(token)
        return self.page(_confirm(order) if order else GONE)

    def do_POST(self) -> None:
        sent = {name: values[0] for name, values in parse_qs(self.body().decode()).items()}
        text = sent.get("qr")
        if text:
            order = self.simulator.read(text)
            return self.page(_confirm(order) if order else GONE)
        back = self._done(sent)
        if back is None:
            return self.page(DONE)
        self.send_response(303)
        self.send_header("Location", back)
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _done(self, sent: dict[str, str]) -> str | None:
        ref, choice = sent.get("ref", ""), sent.get("val", "")
        someone = next((one for one in people() if one.number == sent.get("vem")), None)
        if choice in FAILURES or someone is None:
            return self.simulator.fail(ref, choice if choice in FAILURES else "userCancel")
        return self.simulator.confirm(
            ref,
            someone,
            ip=random_ip() if choice == "elsewhere" else self.client_address[0],
            risk="high" if choice == "risk" else "low",
        )

    def page(self, main: str) -> None:
        self.answer(200, PAGE.replace("{main}", main), "text/html; charset=utf-8")


PAGE = """<!doctype html><html lang="sv"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Låtsas-BankID</title>
<style>body{font:18px/1.5 system-ui;margin:1rem auto;max-width:30rem;padding:0 1rem;color:#17263d;
background:#eef3fa}h1{font-size:1.5rem}fieldset{border:0;padding:0;margin:0}
button,summary,label{display:block;min-height:48px;padding:.7rem;width:100%;box-sizing:border-box;
font:inherit}button{margin:.5rem 0;border:2px solid #183e6b;border-radius:12px;background:#fff}
button.main{background:#183e6b;color:#fff}</style><main><h1>Låtsas-BankID</h1>{main}</main></html>"""
GONE = (
    "<p>Här finns inget att godkänna. Tiden kan ha tagit slut.</p><p><a href='/'>Börja om</a></p>"
)
DONE = "<p>Klart. Gå tillbaka till sidan där du började.</p><p><a href='/'>Börja om</a></p>"
MORE = {
    "risk": "Godkänn med hög risk",
    "elsewhere": "Godkänn från ett annat nät",
    "certificateErr": "Spärrat BankID",
    "notSupportedByUserApp": "För gammal app",
    "transactionRiskBlocked": "BankID stoppar det",
    "expiredTransaction": "Tiden tar slut",
}


def _waiting(orders: list[Order], simulator: Simulator) -> str:
    def reads(order: Order) -> str:
        text = qr_text(order, max(0, int(simulator.clock() - order.began)))
        return (
            f'<form method="post"><input type="hidden" name="qr" value="{escape(text)}">'
            f'<button class="main">Läs av QR-koden på skärmen</button></form>'
        )

    found = "".join(map(reads, orders))
    return found or (
        "<p>Ingen väntar på BankID just nu. Tryck på <b>BankID</b> vid dörren och kom tillbaka hit."
        '</p><p><a href="/">Titta igen</a></p>'
    )


def _confirm(order: Order) -> str:
    rows = "".join(
        f'<label><input type="radio" name="vem" value="{one.number}"{" checked" * (not n)}> '
        f"{escape(one.name)}, {one.number[:8]}-{one.number[8:]}</label>"
        for n, one in enumerate(people())
    )
    more = "".join(
        f'<button name="val" value="{code}">{said}</button>' for code, said in MORE.items()
    )
    return (
        f'<form method="post" action="/"><input type="hidden" name="ref" value="{order.ref}">'
        f"<fieldset><legend>Vem är du? Ingen av dem finns.</legend>{rows}</fieldset>"
        '<button class="main" name="val" value="ok">Godkänn</button>'
        '<button name="val" value="userCancel">Avbryt</button>'
        f"<details><summary>Prova något som går fel</summary>{more}</details></form>"
    )


@contextmanager
def running(
    folder: Path, *, simulator: Simulator | None = None, api_port: int = 0, app_port: int = 0,
    files: Certificates | None = None,
) -> Iterator[Running]:  # fmt: skip
    """Both, in threads of this process. files: made in the folder when left out."""
    files = files or certificates.make(folder)
    simulator = simulator or Simulator()
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(files.server)
    secure.load_verify_locations(files.root)
    secure.verify_mode = ssl.CERT_REQUIRED
    handlers = [type(kind.__name__, (kind,), {"simulator": simulator}) for kind in (Api, App)]
    api = ThreadingHTTPServer((HOST, api_port), handlers[0])
    # Shaken hands in the connection's own thread: one that says nothing keeps nobody waiting.
    api.socket = secure.wrap_socket(api.socket, server_side=True, do_handshake_on_connect=False)
    app = ThreadingHTTPServer((HOST, app_port), handlers[1])
    servers = [api, app]
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        for server in servers
    ]
    for server, thread in zip(servers, threads, strict=True):
        server.daemon_threads = True
        thread.start()
    try:
        yield Running(
            simulator,
            files,
            f"https://{HOST}:{api.server_port}",
            f"http://{HOST}:{app.server_port}/",
        )
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
