"""The client for pages: wrk, one thread and sixteen connections."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from .figures import Unavailable
from .progress import say

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Rate:
    per_second: float
    p50_ms: float
    p99_ms: float
    count: int


def require() -> None:
    """Install wrk where that can be done. Raises Unavailable otherwise."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing wrk")
        subprocess.run(["apt-get", "install", "-y", "-q", "wrk"], capture_output=True, check=False)
    if not shutil.which("wrk"):
        raise Unavailable("wrk is missing; on Debian: apt-get install wrk")


def run(url: str, seconds: int, headers: Mapping[str, str]) -> Rate:
    """Raises Unavailable when wrk fails, or any answer was an error."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run(
        [*command, url],
        capture_output=True,
        text=True,
        timeout=seconds + 30,
        check=False,
    )
    return read(done.stdout or done.stderr)


def read(output: str) -> Rate:
    """wrk's report. Raises Unavailable for one that tells of errors, which are no measure."""
    errors = re.search(r"(Non-2xx or 3xx responses|Socket errors): .*", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    count = re.search(r"^\s+(\d+) requests in", output, re.MULTILINE)
    if errors or not rate or not count:
        raise Unavailable(f"wrk: {errors[0] if errors else output.strip()[-300:]}")
    return Rate(float(rate[1]), _latency(output, 50), _latency(output, 99), int(count[1]))


def _latency(output: str, percent: int) -> float:
    match = re.search(rf"^\s+{percent}(?:\.0+)?%\s+([\d.]+)(us|ms|s|m)\s*$", output, re.MULTILINE)
    if not match:
        raise Unavailable("wrk gave no latencies")
    return float(match[1]) * UNITS[match[2]]
