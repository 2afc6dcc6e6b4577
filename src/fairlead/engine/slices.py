"""Time cut at the ends of windows, so that sums over the pieces add up to any of the windows.

Slice `k` holds the instants at or after `k` boundaries: 0 lies before all of them. A window from
boundary `i` to boundary `j` (counted from 1) is made of the slices `i` to `j - 1`. What is still
open belongs to every window that ends after it began (delivery.md 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from fairlead.kernel.window import Window

MEMBERS_SCHEMA = pa.schema([("slice", pa.int64()), ("is_open", pa.bool_()), ("period", pa.int64())])


@dataclass(frozen=True)
class Slices:
    """The boundaries of some windows in order, each once."""

    boundaries: tuple[datetime, ...]

    @classmethod
    def of(cls, windows: Sequence[Window]) -> Slices:
        """The slices that the ends of the windows cut."""
        return cls(tuple(sorted({end for w in windows for end in (w.start, w.end)})))

    def serve(self, windows: Sequence[Window]) -> bool:
        """Whether each window is made of whole slices."""
        known = set(self.boundaries)
        return all(window.start in known and window.end in known for window in windows)

    def members(self, windows: Sequence[Window]) -> pa.Table:
        """Which slice counts in which window (`period`, its index): slice | is_open | period."""
        number = {boundary: k for k, boundary in enumerate(self.boundaries, 1)}
        rows = []
        for period, window in enumerate(windows):
            first, end = number[window.start], number[window.end]
            rows += [(k, False, period) for k in range(first, end)]
            rows += [(k, True, period) for k in range(end)]
        columns = zip(*rows, strict=True) if rows else ((), (), ())
        return pa.table([list(c) for c in columns], schema=MEMBERS_SCHEMA)
