"""The parts of the bench that can be wrong without anybody noticing: its arithmetic."""

import json
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask

from bench import cover, sweep, wire, wrk
from bench.backing import Backing
from bench.figures import Figure, Unavailable, number, of_section, percentile, table, write_json
from bench.processes import pss_mb, tree
from elevhalsa.domain.cover.ahead import look
from elevhalsa.domain.places.models import Municipality
from elevhalsa.extensions import db
from tests.conftest import KEYS

WRK = """Running 5s test @ http://127.0.0.1:1/
  1 threads and 16 connections
  Latency Distribution
     50%    4.20ms
     75%    5.10ms
     90%    8.00ms
     99%   {p99}
  16000 requests in 5.00s, 20.00MB read
{errors}Requests/sec:   3200.50
Transfer/sec:      4.00MB
"""
PAGE = b"<!doctype html><title>En sida</title><link rel=stylesheet href=/stil.css><h1>En sida</h1>"
SHEET = b"h1 { color: #123 }" * 20


def test_figures_are_rounded_to_what_can_be_read() -> None:
    shown = [number(value) for value in (0, 4, 0.1234, 4.567, 78.91, 456.7, 12345.6)]
    assert shown == ["0", "4", "0.123", "4.57", "78.9", "457", "12 346"]


def test_a_figure_tells_whether_its_aim_was_met() -> None:
    assert Figure("share", 69.9, "%", least=70).verdict == "MISSED"
    assert Figure("share", 70.0, "%", least=70).verdict == "ok"
    assert Figure("memory", 150.1, "MB", most=150).verdict == "MISSED"
    assert Figure("rate", 5.0, "knocks/s").verdict == ""


def test_the_table_names_section_figure_aim_and_verdict() -> None:
    figures = of_section("Memory", [Figure("all of it", 151, "MB", most=150)])
    assert table(figures).splitlines() == ["", "Memory", "  all of it  151 MB  <= 150  MISSED"]


def test_results_are_kept_as_json(tmp_path: Path) -> None:
    path = tmp_path / "results" / "one.json"
    write_json(path, {"quick": True}, of_section("Memory", [Figure("all of it", 151, "MB")]))
    kept = json.loads(path.read_text())
    assert kept["quick"] is True
    assert kept["figures"][0]["name"] == "all of it"
    assert kept["figures"][0]["section"] == "Memory"


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile([3.0], 99) == 3


def test_the_made_up_country_is_as_large_as_it_says_and_has_gaps(app: Flask) -> None:
    assert len(cover.sizes()) == 290 and 4_650 < sum(cover.sizes()) < 4_750
    towns = cover.country([9, 2])
    assert [town.schools for town in towns] == [9, 2]
    ahead = look(db.session.get_one(Municipality, towns[0].id))
    assert len({post.school_id for post in ahead.holders}) == 9
    assert ahead.gaps


def test_sweeps_alone_and_shared_are_measured(postgres_url: str, tmp_path: Path) -> None:
    keys = {
        "SECRET_KEY": KEYS["secret_key"],
        "HASH_KEY": KEYS["hash_key"],
        "ENCRYPTION_KEYS": KEYS["encryption_keys"][0],
    }
    backing = Backing(tmp_path, postgres_url, 0, "unix:///no/such/queue", keys)
    found = sweep.figures_of(backing, postgres_url, size=10_000, rungs=20, workers=(1,))
    assert {figure.unit for figure in found} == {"ms", "s", "times", "1/s"}
    assert all(figure.value > 0 for figure in found)
    assert found[-1].name == "rungs a second, 1 at work"


def test_memory_of_a_process_and_its_children_is_found() -> None:
    process = subprocess.Popen(["/bin/sh", "-c", "sleep 60 & wait"])
    try:
        processes = tree(process.pid)
        while len(processes) < 2 and process.poll() is None:
            processes = tree(process.pid)
        assert all(pss_mb(each) > 0 for each in processes)
    finally:
        for each in reversed(tree(process.pid)):
            each.kill()
        process.wait()
    assert pss_mb(processes[0]) == 0
    assert tree(process.pid) == []


def test_what_wrk_reports_is_read() -> None:
    rate = wrk.read(WRK.format(p99="1.25s", errors=""))
    assert (rate.per_second, rate.p50_ms, rate.p99_ms, rate.count) == (3200.5, 4.2, 1250, 16000)


def test_a_rate_of_errors_is_no_measure() -> None:
    with pytest.raises(Unavailable, match="Non-2xx"):
        wrk.read(WRK.format(p99="8.00ms", errors="  Non-2xx or 3xx responses: 7\n"))


class _Pages(BaseHTTPRequestHandler):
    """A page, its style sheet that may be kept, and an address that leads to the page."""

    def do_GET(self) -> None:
        if self.path == "/dit":
            self.send_response(303)
            self.send_header("Location", "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = SHEET if self.path == "/stil.css" else PAGE
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if self.path == "/stil.css" else "text/html")
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/stil.css":
            self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_bytes_and_requests_of_a_visit_are_counted_with_headers_and_redirects(origin: str) -> None:
    bodies = len(PAGE) + len(SHEET)
    with wire.chromium() as browser:
        context = browser.new_context()
        first = wire.visit(context, f"{origin}/dit")
        second = wire.visit(context, f"{origin}/")
    asked = [path for path in first.paths if path != "/favicon.ico"]
    assert asked == ["/", "/stil.css"]
    assert first.requests - first.paths.count("/favicon.ico") == 3  # the redirect counts
    assert bodies + 200 < first.total_bytes < bodies + 2000  # three times headers
    assert first.third_party == 0
    assert "/stil.css" not in second.paths  # kept from the first visit
    assert len(PAGE) < second.total_bytes < first.total_bytes
