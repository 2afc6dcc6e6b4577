"""How often one token or one address may ask: a steady rate with a burst, counted in this process.

Each key has the instant at which its bucket is empty again (the generic cell rate algorithm), so
that a key costs two numbers and no clock ticks. Several web processes count apart: a limit is then
as many times higher.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field

KEYS_KEPT = 50_000


@dataclass(frozen=True)
class Taken:
    """Whether a request may pass, and what is left of its limit."""

    is_allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """The limit as response headers; a refused request also learns when to come again."""
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return found if self.is_allowed else {**found, "Retry-After": str(self.reset_seconds)}


@dataclass
class RateLimit:
    """At most `limit` requests in `span_seconds` for each key, all at once or spread."""

    limit: int
    span_seconds: float
    _full_at: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, now: float) -> Taken:
        """Count one request of a key at an instant of a steady clock, in seconds."""
        each = self.span_seconds / self.limit
        with self._lock:
            due = max(self._full_at.get(key, now), now) + each
            if due - now > self.span_seconds + 1e-9:
                wait = math.ceil(due - now - self.span_seconds)
                return Taken(False, self.limit, 0, max(wait, 1))
            self._full_at[key] = due
            if len(self._full_at) > KEYS_KEPT:
                self._full_at = {k: at for k, at in self._full_at.items() if at > now}
        left = int((self.span_seconds - (due - now)) / each + 1e-9)
        return Taken(True, self.limit, left, math.ceil(due - now))

    def forget(self) -> None:
        """Start anew with every key."""
        with self._lock:
            self._full_at.clear()
