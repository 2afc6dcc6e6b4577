"""Collect payloads per source and event, as the tools would send them, and write them as NDJSON.

With noise, some messages come twice, some come late, and here and there one is broken. A broken
message is always a spoilt copy of a good one, as a proxy makes it: nothing is lost by it.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from fairlead.demo.acme.calendar import DAY, HOUR

DUPLICATE_RATIO, LATE_RATIO, BROKEN_RATIO = 0.02, 0.03, 0.001
REMOVED = object()
NOT_JSON = "FL3101"

# source/event: field to spoil, what it becomes, and the code under which it must be refused
SPOILS: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "github/workflow_run": (
        ("workflow_run.id", REMOVED, "FL3102"),
        ("workflow_run.updated_at", "2026-02-30 10:00", "FL3104"),
        ("workflow_run.status", "halfway", "FL3110"),
    ),
    "github/deployment_status": (
        ("deployment_status.created_at", "2199-01-01T00:00:00Z", "FL3103"),
        ("deployment_status.state", "paused", "FL3110"),
    ),
    "github/pull_request": (("pull_request.number", REMOVED, "FL3102"),),
    "github/commit": (("commit.author.date", "yesterday", "FL3104"),),
}

_encoder = msgspec.json.Encoder()


@dataclass
class Outbox:
    """Messages waiting to be written: per source and event, with the instant of their arrival."""

    rng: random.Random
    has_noise: bool
    end_at: int
    messages: dict[tuple[str, str], list[tuple[int, int, bytes]]] = field(default_factory=dict)
    broken: dict[str, dict[str, int]] = field(default_factory=dict)

    def send(self, source: str, event: str, at: int, body: Any) -> None:
        """Send one message; noise is added here and nowhere else. After the end nothing is sent."""
        if at > self.end_at:
            return
        sent = self.messages.setdefault((source, event), [])
        line = _encoder.encode(body)
        if not self.has_noise:
            sent.append((at, len(sent), line))
            return
        late = self.rng.randrange(HOUR, 4 * DAY) if self.rng.random() < LATE_RATIO else 0
        arrives_at = min(at + late, self.end_at)
        sent.append((arrives_at, len(sent), line))
        if self.rng.random() < DUPLICATE_RATIO:
            sent.append((arrives_at + self.rng.randrange(5, 2 * HOUR), len(sent), line))
        if self.rng.random() < BROKEN_RATIO:
            self._spoil(source, event, at, body, line)

    def _spoil(self, source: str, event: str, at: int, body: Any, line: bytes) -> None:
        ways = SPOILS.get(f"{source}/{event}", ())
        choice = self.rng.randrange(len(ways) + 1)
        if choice == len(ways):
            code, spoilt = NOT_JSON, line[: len(line) // 2]
        else:
            path, value, code = ways[choice]
            spoilt = _encoder.encode(_with(body, path, value))
        sent = self.messages[(source, event)]
        sent.append((at + 1, len(sent), spoilt))
        counts = self.broken.setdefault(f"{source}/{event}", {})
        counts[code] = counts.get(code, 0) + 1

    def write(self, into: Path) -> dict[str, list[Path]]:
        """Write every message in order of arrival; the paths by source."""
        found: dict[str, list[Path]] = {}
        for (source, event), messages in sorted(self.messages.items()):
            path = into / source / f"{event}.ndjson"
            path.parent.mkdir(parents=True, exist_ok=True)
            messages.sort(key=lambda message: message[:2])
            path.write_bytes(b"\n".join(line for _, _, line in messages) + b"\n")
            found.setdefault(source, []).append(path)
        return found

    def counts(self) -> dict[str, int]:
        """How many messages are waiting, by `source/event`."""
        return {f"{source}/{event}": len(sent) for (source, event), sent in self.messages.items()}


def _with(body: Any, path: str, value: Any) -> Any:
    """A copy of a body in which the field at a dotted path is spoilt."""
    spoilt = copy.deepcopy(body)
    *parents, last = path.split(".")
    holder = spoilt
    for name in parents:
        holder = holder[int(name)] if isinstance(holder, list) else holder[name]
    if value is REMOVED:
        holder.pop(last)
    else:
        holder[last] = value
    return spoilt
