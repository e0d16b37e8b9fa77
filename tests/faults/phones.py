"""Pupils' phones against a real web server, over HTTP: they knock, and are shown a receipt.

A phone whose connection breaks presses again with the same form, as its browser does.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from elevhalsa.core.crypto import new_id

KNOCKS_AN_ADDRESS = 20
"""Fewer than make a flood of one address (FLOOD_PLACE)."""
CODES_AN_ADDRESS = 8
GIVE_UP_SECONDS = 40.0
PHONES_THAT_OPEN = 4


@dataclass(frozen=True)
class Receipt:
    """What a pupil was shown."""

    code: str
    knock_id: str


@dataclass
class Phone:
    """One pupil after another at the same kind of place: 127.<network>.x.1.

    headers: what a proxy in front of the service would add.
    """

    url: str
    network: int
    origin: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_patient: bool = False
    """Presses again, too, when told that the database is away just now (503)."""
    last_page: str = ""
    """What was opened last."""
    presses: int = 0
    """How often a knock was sent, those that broke included."""
    _turn: int = 0
    _client: httpx.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client:
            self._client.close()

    def knocks(self, slug: str, *, who: str = "counsellor", text: str = "") -> Receipt:
        """Until it is stored, and until the receipt is seen. Raises AssertionError when what is
        answered is neither."""
        client = self._someone(KNOCKS_AN_ADDRESS)
        fields = {"skola": slug, "form_id": new_id(), "who": who, "way": "app", "text": text}
        headers = {"Origin": self.origin or self.url}
        self.presses += 1
        answer = self._until_answered(client, "POST", "/knacka", data=fields, headers=headers)
        assert answer.status_code == 303, f"a knock was answered {answer.status_code}"
        path = httpx.URL(answer.headers["Location"]).path
        page = self._until_answered(client, "GET", path)
        assert page.status_code == 200, f"a receipt was answered {page.status_code}"
        found = re.search(r'class="code">([^<]+)</p>', page.text)
        assert found, "a receipt shows its code"
        return Receipt(found[1].strip(), path.rpartition("/")[2])

    def opens(self, code: str) -> str | None:
        """The id of the knock that a code leads to, on a phone that has never been here."""
        client = self._someone(CODES_AN_ADDRESS)
        page = self._until_answered(client, "GET", "/mitt/kod").text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        sent = {"code": code, "csrf_token": token[1]}
        headers = {"Referer": f"{self.origin or self.url}/"}
        answer = self._until_answered(client, "POST", "/mitt/kod", data=sent, headers=headers)
        if answer.status_code != 303:
            return None
        path = httpx.URL(answer.headers["Location"]).path
        opened = self._until_answered(client, "GET", path)
        assert opened.status_code == 200
        self.last_page = opened.text
        return path.rpartition("/")[2]

    def asks(self, path: str) -> int:
        """What a page, a style or a probe answers."""
        return self._until_answered(self._someone(KNOCKS_AN_ADDRESS), "GET", path).status_code

    def _someone(self, an_address: int) -> httpx.Client:
        """Another pupil: without cookies, sometimes at another address."""
        if self._client is None or self._turn % an_address == 0:
            if self._client:
                self._client.close()
            address = f"127.{self.network}.{self._turn // an_address}.1"
            self._client = httpx.Client(
                base_url=self.url,
                headers=self.headers,
                timeout=30,
                transport=httpx.HTTPTransport(local_address=address, verify=False),
            )
            self._client.event_hooks = {"request": [self._shows_cookies]}
        self._turn += 1
        self._client.cookies.clear()
        return self._client

    def _shows_cookies(self, request: httpx.Request) -> None:
        """Those for https too: where a proxy is said to stand in front, it speaks that."""
        kept = [f"{one.name}={one.value}" for one in self._client.cookies.jar]
        if kept:
            request.headers["Cookie"] = "; ".join(kept)

    def _until_answered(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        *,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        until = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                answer = client.request(method, path, data=data, headers=headers)
                if not (self.is_patient and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE):
                    return answer
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            assert time.monotonic() < until, "the service never came back"
            time.sleep(0.2)
            self.presses += method == "POST"


def all_open(url: str, network: int, receipts: list[Receipt]) -> bool:
    """Does each code open its knock? Asked by a few phones at a time."""

    def opens(number: int) -> bool:
        with Phone(url, network + number, is_patient=True) as phone:
            mine = receipts[number::PHONES_THAT_OPEN]
            return all(phone.opens(receipt.code) == receipt.knock_id for receipt in mine)

    with ThreadPoolExecutor(PHONES_THAT_OPEN) as pool:
        return all(pool.map(opens, range(PHONES_THAT_OPEN)))
