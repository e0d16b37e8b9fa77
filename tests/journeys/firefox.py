"""A Firefox driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks
itself: Selenium would need a driver of its own that Debian has not."""

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import websocket

from tests.running import eventually

BINARY = shutil.which("firefox-esr") or shutil.which("firefox")
SECONDS = 30
PREFERENCES = {
    # Nothing leaves the machine: nobody answers there, and 127.0.0.1 needs no proxy.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.auto": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


class Refused(Exception):
    """What the browser answered, its code first."""


class Firefox:
    """One window with a profile of its own, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items())
        (folder / "user.js").write_text("\n".join(lines))
        words = [str(BINARY), "--headless", "--no-remote", "--profile", str(folder)]
        with (folder / "said").open("w") as said:
            self._process = subprocess.Popen(
                [*words, "--remote-debugging-port", "0"], stdout=said, stderr=said
            )
        self._numbers = itertools.count(1)
        self._socket = websocket.create_connection(
            self._address(folder / "said"), timeout=SECONDS, suppress_origin=True
        )
        self._ask("session.new", capabilities={})
        self._window = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _address(self, said: Path) -> str:
        found = eventually(lambda: re.search(r"ws://\S+", said.read_text()))
        assert found
        return f"{found[0]}/session"

    def _ask(self, method: str, **values: Any) -> Any:
        """Raises Refused."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": values}))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass
        if answer["type"] != "success":
            raise Refused(answer["error"], method, answer["message"])
        return answer["result"]

    def _here(self, method: str, **values: Any) -> Any:
        return self._ask(method, context=self._window, **values)

    def get(self, url: str) -> None:
        self._here("browsingContext.navigate", url=url, wait="complete")

    def back(self) -> None:
        """From the first page it leads nowhere."""
        try:
            self._here("browsingContext.traverseHistory", delta=-1)
        except Refused as refused:
            if refused.args[0] != "no such history entry":
                raise

    def execute_script(self, body: str) -> Any:
        """What the body of a function returns, of what JSON can say."""
        told = self._ask(
            "script.callFunction",
            functionDeclaration=f"() => JSON.stringify((() => {{ {body} }})() ?? null)",
            target={"context": self._window},
            awaitPromise=False,
        )
        assert told["type"] == "success", told["exceptionDetails"]["text"]
        return json.loads(told["result"]["value"])

    def types(self, name: str, text: str) -> None:
        """Into the field of that name, key by key."""
        self.execute_script(f"document.getElementsByName({json.dumps(name)})[0].focus()")
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._here("input.performActions", actions=[{"type": "key", "id": "keys", "actions": keys}])

    def quit(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(SECONDS)
