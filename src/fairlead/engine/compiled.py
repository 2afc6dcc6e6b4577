"""Statements of KPIs that were compiled before, so that asking again does not compile again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

LIMIT = 512
_KEPT: OrderedDict[Hashable, str] = OrderedDict()
_LOCK = threading.Lock()


def kept_statement(key: Hashable, compile_: Callable[[], str]) -> str:
    """The statement under a key, which tells all that the statement depends on."""
    with _LOCK:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
    found = compile_()
    with _LOCK:
        _KEPT[key] = found
        while len(_KEPT) > LIMIT:
            _KEPT.popitem(last=False)
    return found
