"""What the kernel does for a process; elsewhere nothing happens. Only the standard library."""

import ctypes
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_M_ARENA_MAX = -8


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value)


def die_with_parent() -> None:
    """Ask the kernel to end this process should its parent be killed without a chance to do so."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def call_me(name: str) -> None:
    """What ``ps`` and ``top`` show of this process; the first 15 characters are kept."""
    _prctl(_PR_SET_NAME, name.encode())


def share_memory_between_threads() -> None:
    """Have the C library keep two pools of memory a process, not one a thread; so do those that are
    forked from this one. (5 MB of two web processes after some load.)"""
    if sys.platform == "linux":
        with suppress(AttributeError):  # musl has one pool
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
