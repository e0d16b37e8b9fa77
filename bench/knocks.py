"""Knocks stored a second on PostgreSQL: real forms over HTTP from several client processes.

A client changes address within 127.0.0.0/8 before the limit of one address is reached, as pupils
in different places would have different ones. The app's limits stay as they are.
"""

import json
import subprocess
import sys
import time

from sqlalchemy import func, select

from elevhalsa.domain.knocks.models import Knock
from elevhalsa.extensions import db

from .backing import Backing, Web, web
from .figures import Figure, Unavailable, percentile
from .processes import ROOT, cpu_seconds
from .progress import say
from .seed import place

CLIENTS = 4
MOST_SECONDS = 300
POSTED = "knocks stored"
VISITED = "form fetched and knock stored"
WARM_UP = "warm-up"


def measure(backing: Backing, *, quick: bool) -> list[Figure]:
    """Posts alone, then whole visits: the form is fetched, filled in and posted."""
    database = backing.database("knocks")
    with backing.app(database):
        slugs = place().slugs
    each = 60 if quick else 300
    figures: list[Figure] = []
    with web(backing, database) as server:
        for turn, name in enumerate((WARM_UP, POSTED, VISITED)):
            count = 20 if name == WARM_UP else each
            say(f"  {name}: {CLIENTS} clients with {count} knocks each")
            found = _turn(
                backing,
                database,
                server,
                name,
                slugs,
                count,
                first_network=10 + turn * 9,
            )
            figures += [] if name == WARM_UP else found
    return figures


def _turn(
    backing: Backing,
    database: str,
    server: Web,
    name: str,
    slugs: list[str],
    count: int,
    *,
    first_network: int,
) -> list[Figure]:
    tasks = [
        {
            "port": server.port,
            "slugs": slugs,
            "count": count,
            "network": first_network + number,
            "fetches": name != POSTED,
        }
        for number in range(CLIENTS)
    ]
    before = _stored(backing, database)
    web_cpu, postgres_cpu = cpu_seconds(server.pid), cpu_seconds(backing.postgres_pid)
    times, seconds = _run_clients(tasks)
    web_cpu = cpu_seconds(server.pid) - web_cpu
    postgres_cpu = cpu_seconds(backing.postgres_pid) - postgres_cpu
    stored = _stored(backing, database) - before
    if stored != CLIENTS * count:
        raise Unavailable(f"{stored} knocks of {CLIENTS * count} were stored")
    return [
        Figure(name, stored / seconds, "knocks/s"),
        Figure(f"{name}: p50", percentile(times, 50) * 1000, "ms"),
        Figure(f"{name}: p99", percentile(times, 99) * 1000, "ms"),
        Figure(f"{name}: CPU of the web server", web_cpu * 1000 / stored, "ms/knock"),
        Figure(f"{name}: CPU of PostgreSQL", postgres_cpu * 1000 / stored, "ms/knock"),
    ]


def _stored(backing: Backing, database: str) -> int:
    with backing.app(database):
        return db.session.scalar(select(func.count()).select_from(Knock)) or 0


def _run_clients(tasks: list[dict[str, object]]) -> tuple[list[float], float]:
    """Seconds that each knock took, and from the first to the last.

    Raises Unavailable with what the server said instead.
    """
    clients = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.knocker", json.dumps(task)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for task in tasks
    ]  # fmt: skip
    try:
        for client in clients:
            if client.stdout is None or client.stdout.readline() != "ready\n":
                raise Unavailable("a client did not start")
        began = time.perf_counter()
        for client in clients:
            if client.stdin:
                client.stdin.write("go\n")
                client.stdin.flush()
        answers = [json.loads(client.communicate(timeout=MOST_SECONDS)[0]) for client in clients]
        seconds = time.perf_counter() - began
    finally:
        for client in clients:
            client.kill()
            client.wait()
    for answer in answers:
        if "fault" in answer:
            raise Unavailable(answer["fault"])
    return [took for answer in answers for took in answer["times"]], seconds
