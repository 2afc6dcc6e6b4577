"""Wakes the worker of this process when something came in; others look twice a second."""

from __future__ import annotations

import threading

_bell = threading.Event()


def ring() -> None:
    """Something came in."""
    _bell.set()


def wait(seconds: float) -> None:
    """Sleep until the bell rings, or for so long."""
    _bell.wait(seconds)
    _bell.clear()
