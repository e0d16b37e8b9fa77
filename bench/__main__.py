"""``python -m bench``: run the measurements, show a table, keep the figures as JSON."""

import argparse
import logging
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from . import cover, inbox, knocks, letters, memory, pages, push, slow, sweep, wire
from .backing import Backing, started
from .figures import MISSED, Figure, Unavailable, of_section, table, write_json
from .processes import ROOT
from .progress import elapsed, say

Measure = Callable[..., list[Figure]]
SECTIONS: dict[str, tuple[str, Measure]] = {
    "pages": ("Pages a second, against a bare Flask page", pages.measure),
    "knocks": ("Knocks stored a second, PostgreSQL", knocks.measure),
    "slow": ("What others notice of slow phones, PostgreSQL", slow.measure),
    "inbox": ("The staff inbox, PostgreSQL", inbox.measure),
    "sweep": ("The sweep, PostgreSQL", sweep.measure),
    "cover": ("90 days of cover, PostgreSQL", cover.measure),
    "push": ("Pushes from the outbox, PostgreSQL", push.measure),
    "letters": ("Letters from a backlog, PostgreSQL", letters.measure),
    "memory": ("Memory of what make run starts, at rest", memory.measure),
    "wire": ("On the wire, in a browser", wire.measure),
}
RESULTS = ROOT / "bench" / "results"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    known = ",".join(SECTIONS)
    parser.add_argument("--only", metavar="PARTS", default=known, help=f"some of: {known}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, one round")
    options = parser.parse_args()
    options.parts = [part.strip() for part in options.only.split(",") if part.strip()]
    unknown = set(options.parts) - set(SECTIONS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


def _asked_to_end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _run(backing: Backing, parts: list[str], *, quick: bool) -> tuple[list[Figure], dict[str, str]]:
    """What was found, and why a part is missing."""
    found: list[Figure] = []
    left_out: dict[str, str] = {}
    for number, part in enumerate(parts, start=1):
        heading, measure = SECTIONS[part]
        say(f"{number} of {len(parts)}: {heading}")
        try:
            found += of_section(heading, measure(backing, quick=quick))
        except Unavailable as reason:
            left_out[part] = str(reason)
        except Exception as error:  # noqa: BLE001  (the other parts are worth their time)
            left_out[part] = f"{type(error).__name__}: {error}"
        if part in left_out:
            say(f"  left out: {left_out[part]}")
    return found, left_out


def main() -> int:
    """0 when every aim was met, 1 when one was missed or a part could not be measured."""
    options = _options()
    signal.signal(signal.SIGTERM, _asked_to_end)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="elevhalsa-bench-") as folder:
        say("starting PostgreSQL and a queue")
        with started(Path(folder)) as backing:
            found, left_out = _run(backing, options.parts, quick=options.quick)
    print(table(found))
    for part, reason in left_out.items():
        print(f"\n{part}: left out: {reason.splitlines()[0] if reason else ''}")
    now = datetime.now(UTC)
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    about: dict[str, object] = {
        "at": now.isoformat(timespec="seconds"),
        "quick": options.quick,
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "seconds": round(elapsed()),
        "left_out": left_out,
    }
    write_json(path, about, found)
    print(f"\n{path.relative_to(ROOT)} after {elapsed():.0f} s")
    return 1 if left_out or any(figure.verdict == MISSED for figure in found) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nended before the end", file=sys.stderr)
        sys.exit(130)
