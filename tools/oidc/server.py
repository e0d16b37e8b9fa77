"""Its addresses, on this machine alone. Several may share one server, each with a path."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote_plus, urlsplit

from .provider import Provider, Refused

HOST = "127.0.0.1"
MOST_BYTES = 20_000
JSON = "application/json"
HTML = "text/html; charset=utf-8"
NEEDED = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
ERRORS = {
    "access_denied": "Avbryt",
    "temporarily_unavailable": "Stängt en stund",
    "invalid_scope": "Vi frågar fel",
    "login_required": "Inloggningen blir inte klar",
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    providers: Mapping[str, Provider]
    timeout = 30
    wbufsize = 16_384  # head and body in one packet

    def do_GET(self) -> None:
        found = self._found()
        if found is None:
            return self._answer(404, "", "text/plain")
        provider, what, query = found
        if what == ".well-known/openid-configuration":
            return self._json(200, provider.metadata())
        if what == "keys":
            return self._json(200, provider.keys())
        if what == "userinfo":
            access = self.headers.get("Authorization", "").removeprefix("Bearer ")
            said = provider.userinfo(access)
            return self._json(200, said) if said else self._json(401, {"error": "invalid_token"})
        if what == "authorize":
            return self._page(provider, query)
        return self._answer(404, "", "text/plain")

    def do_POST(self) -> None:
        found = self._found()
        form = self._form()
        if found is None:
            return self._answer(404, "", "text/plain")
        provider, what, _query = found
        if what == "token":
            try:
                return self._json(200, provider.redeem(*self._client(form), form))
            except Refused as refused:
                return self._json(400, {"error": str(refused)})
        if what == "authorize" and provider.secrets_of.get(form.get("client_id", "")):
            error, sub = form.get("error", ""), form.get("sub", "")
            if error in ERRORS or sub not in provider.people:
                return self._to(provider.back(form, error=error or "access_denied"))
            return self._to(provider.logs_in(form, sub))
        return self._answer(404, "", "text/plain")

    def _found(self) -> tuple[Provider, str, dict[str, str]] | None:
        parts = urlsplit(self.path)
        name, _slash, what = parts.path.lstrip("/").partition("/")
        provider = self.providers.get(name)
        if provider is None or provider.is_away:
            return None
        provider.calls.append(what)
        return provider, what, {key: values[0] for key, values in parse_qs(parts.query).items()}

    def _form(self) -> dict[str, str]:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MOST_BYTES))
        return {key: values[0] for key, values in parse_qs(body.decode()).items()}

    def _client(self, form: dict[str, str]) -> tuple[str, str]:
        """By HTTP Basic, each half encoded (RFC 6749, 2.3.1), or in the form."""
        basic = self.headers.get("Authorization", "")
        if not basic.startswith("Basic "):
            return form.get("client_id", ""), form.get("client_secret", "")
        name, _colon, secret = (
            base64.b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        )
        return unquote_plus(name), unquote_plus(secret)

    def _page(self, provider: Provider, asked: dict[str, str]) -> None:
        if not all(asked.get(name) for name in NEEDED) or asked["client_id"] not in (
            provider.secrets_of
        ):
            return self._answer(400, PAGE.replace("{main}", "<p>Fel fråga.</p>"), HTML)
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in asked.items()
        )
        who = "".join(
            f'<button class="main" name="sub" value="{escape(sub)}">'
            f"{escape(str(said.get('name', sub)))}</button>"
            for sub, said in provider.people.items()
        )
        more = "".join(
            f'<button name="error" value="{code}">{said}</button>' for code, said in ERRORS.items()
        )
        main = (
            f'<form method="post" action="{provider.issuer}/authorize">{hidden}'
            f"<p>Vem är du? Ingen av dem finns.</p>{who}"
            f"<details><summary>Prova något som går fel</summary>{more}</details></form>"
        )
        return self._answer(200, PAGE.replace("{main}", main), HTML)

    def _to(self, address: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: int, said: object) -> None:
        self._answer(status, json.dumps(said), JSON)

    def _answer(self, status: int, body: str, kind: str) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        pass


PAGE = """<!doctype html><html lang="sv"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Låtsaskonto</title>
<style>body{font:18px/1.5 system-ui;margin:1rem auto;max-width:30rem;padding:0 1rem;color:#2b1d3d;
background:#f5f0fa}h1{font-size:1.5rem}
button,summary{display:block;min-height:48px;padding:.7rem;width:100%;box-sizing:border-box;
font:inherit}button{margin:.5rem 0;border:2px solid #4a2b6b;border-radius:12px;background:#fff}
button.main{background:#4a2b6b;color:#fff}</style>
<main><h1>Låtsaskonto</h1>{main}</main></html>"""


@contextmanager
def running(providers: Mapping[str, Provider], *, port: int = 0) -> Iterator[None]:
    """All of them, in threads of this process: the issuer of each ends with its name."""
    handler = type("Provided", (Handler,), {"providers": providers})
    server = ThreadingHTTPServer((HOST, port), handler)
    server.daemon_threads = True
    for name, provider in providers.items():
        provider.issuer = f"http://{HOST}:{server.server_port}/{name}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
