"""Tells the terminal what runs now and how far it has come."""

import sys
import time

_began = time.monotonic()


def say(text: str) -> None:
    """One line with the seconds since the start, on stderr so that results can be piped."""
    print(f"[{time.monotonic() - _began:5.0f} s] {text}", file=sys.stderr, flush=True)


def elapsed() -> float:
    """Seconds since the start."""
    return time.monotonic() - _began
