"""One client that knocks: a process of its own, started by ``bench.knocks``.

Only the standard library, so that it costs the machine little beside the server it measures.
Says "ready", waits for a line, knocks, and prints the seconds each knock took as JSON.
"""

import http.client
import json
import re
import secrets
import sys
import time
from urllib.parse import urlencode

HOST = "127.0.0.1"
KNOCKS_AN_ADDRESS = 30
TEXT = "Det här är en påhittad text som är lika lång som en vanlig."


class Refused(Exception):
    """The server did not take the knock; the text says what it did instead."""


def one(connection: http.client.HTTPConnection, slug: str, *, fetches: bool) -> None:
    """Knock once. Raises Refused unless the knock was stored."""
    form_id = secrets.token_urlsafe(16)
    if fetches:
        connection.request("GET", f"/knacka?skola={slug}")
        page = connection.getresponse().read().decode()
        found = re.search(r'name="form_id" value="([^"]+)"', page)
        if not found:
            raise Refused("the form's page has no form id")
        form_id = found[1]
    fields = {
        "skola": slug,
        "form_id": form_id,
        "who": "nurse",
        "way": "app",
        "text": TEXT,
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://{HOST}:{connection.port}",
    }
    connection.request("POST", "/knacka", urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 303:
        raise Refused(f"POST /knacka answered {answer.status}")


def knock(port: int, slugs: list[str], count: int, network: int, *, fetches: bool) -> list[float]:
    """Seconds that each of ``count`` knocks took, from addresses 127.<network>.x.1."""
    times = []
    connection = None
    for turn in range(count):
        if connection is None or turn % KNOCKS_AN_ADDRESS == 0:
            if connection:
                connection.close()
            source = (f"127.{network}.{turn // KNOCKS_AN_ADDRESS}.1", 0)
            connection = http.client.HTTPConnection(HOST, port, timeout=30, source_address=source)
        began = time.perf_counter()
        one(connection, slugs[turn % len(slugs)], fetches=fetches)
        times.append(time.perf_counter() - began)
    return times


def main() -> None:
    task = json.loads(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        found: dict[str, object] = {"times": knock(**task)}
    except (Refused, OSError, http.client.HTTPException) as error:
        found = {"fault": f"{type(error).__name__}: {error}"}
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
