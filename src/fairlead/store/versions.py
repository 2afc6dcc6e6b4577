"""Which keys of a fact type have several versions, and their current rows; kept for next time.

The files of a lake never change, so what was worked out for a list of files and an instant holds
for good. A process keeps the latest of these, as long as they are small.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import pyarrow as pa

ENTRY_LIMIT = 128
BYTES_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True)
class Versions:
    """Hashes of the keys that have several versions, and the current rows of those keys."""

    doubled: pa.Table
    picked: pa.Table


_KEPT: OrderedDict[Hashable, Versions] = OrderedDict()
_LOCK = threading.Lock()


def remembered(key: Hashable | None, find: Callable[[], Versions]) -> Versions:
    """The versions under a key, found when they are not known; a key of None is never kept."""
    if key is None:
        return find()
    with _LOCK:
        if key in _KEPT:
            _KEPT.move_to_end(key)
            return _KEPT[key]
    found = find()
    if found.doubled.nbytes + found.picked.nbytes <= BYTES_LIMIT:
        with _LOCK:
            _KEPT[key] = found
            while len(_KEPT) > ENTRY_LIMIT:
                _KEPT.popitem(last=False)
    return found
