"""What ingest remembers: checkpoints, quarantine, counts of each source. One SQLite file.

Every write is committed and synced before it is reported (WAL with synchronous=FULL). The tables
move into the ledger when the console arrives; see docs/decisions/0004.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoints (
  source TEXT NOT NULL, resource TEXT NOT NULL, position TEXT NOT NULL, stored_at TEXT NOT NULL,
  PRIMARY KEY (source, resource)
);
CREATE TABLE IF NOT EXISTS quarantine (
  quarantine_id INTEGER PRIMARY KEY, source TEXT NOT NULL, connector TEXT NOT NULL,
  event TEXT, delivery_ref TEXT, place TEXT NOT NULL, received_at TEXT NOT NULL,
  code TEXT NOT NULL, path TEXT NOT NULL, message TEXT NOT NULL, payload TEXT NOT NULL,
  payload_sha256 TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'held', settled_at TEXT,
  UNIQUE (source, payload_sha256, code, path)
);
CREATE TABLE IF NOT EXISTS counts (
  source TEXT NOT NULL, connector TEXT NOT NULL, kind TEXT NOT NULL, label TEXT NOT NULL,
  number INTEGER NOT NULL, last_at TEXT NOT NULL, PRIMARY KEY (source, kind, label)
);
"""


@dataclass(frozen=True)
class Held:
    """One payload in quarantine, with the reason, as it was received."""

    quarantine_id: int
    source: str
    connector: str
    event: str | None
    delivery_ref: str | None
    place: str
    received_at: datetime
    code: str
    path: str
    message: str
    payload: str
    state: str


@dataclass(frozen=True)
class Rejected:
    """A payload on its way into quarantine."""

    event: str | None
    delivery_ref: str | None
    place: str
    code: str
    path: str
    message: str
    payload: str
    payload_sha256: str


class Journal:
    """The journal of one workspace; safe beside other processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._open() as connection:
            connection.executescript("PRAGMA journal_mode=WAL;" + _SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous=FULL")
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def checkpoints(self, source: str) -> dict[str, dict[str, str]]:
        """The stored checkpoint of each resource of a source."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT resource, position FROM checkpoints WHERE source = ?", (source,)
            ).fetchall()
        return {row["resource"]: json.loads(row["position"]) for row in rows}

    def store_checkpoint(
        self, source: str, resource: str, position: Mapping[str, str], now: datetime
    ) -> None:
        """Store the checkpoint of a resource, replacing the earlier one."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)",
                (source, resource, json.dumps(dict(position)), now.isoformat()),
            )

    def hold(self, source: str, connector: str, rejected: Iterable[Rejected], now: datetime) -> int:
        """Put payloads into quarantine; the same payload for the same reason is held once."""
        with self._writing() as connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT INTO quarantine (source, connector, event, delivery_ref, place, "
                "received_at, code, path, message, payload, payload_sha256) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "state = 'held', settled_at = NULL, received_at = excluded.received_at, "
                "place = excluded.place WHERE state = 'replayed'",
                [
                    (
                        source,
                        connector,
                        item.event,
                        item.delivery_ref,
                        item.place,
                        now.isoformat(),
                        item.code,
                        item.path,
                        item.message,
                        item.payload,
                        item.payload_sha256,
                    )
                    for item in rejected
                ],
            )
            return connection.total_changes - before

    def held(self, source: str | None = None, state: str = "held") -> list[Held]:
        """Payloads in quarantine, oldest first."""
        query = "SELECT * FROM quarantine WHERE state = ?"
        parameters: list[Any] = [state]
        if source is not None:
            query += " AND source = ?"
            parameters.append(source)
        with self._open() as connection:
            rows = connection.execute(query + " ORDER BY quarantine_id", parameters).fetchall()
        return [
            Held(
                **{k: row[k] for k in row.keys() if k in Held.__dataclass_fields__}  # noqa: SIM118
                | {"received_at": datetime.fromisoformat(row["received_at"])}
            )
            for row in rows
        ]

    def settle(self, quarantine_ids: Sequence[int], state: str, now: datetime) -> None:
        """Mark held payloads as `replayed` or `dismissed`; they are kept."""
        with self._writing() as connection:
            connection.executemany(
                "UPDATE quarantine SET state = ?, settled_at = ? WHERE quarantine_id = ?",
                [(state, now.isoformat(), item) for item in quarantine_ids],
            )

    def count(
        self, source: str, connector: str, kind: str, numbers: Mapping[str, int], now: datetime
    ) -> None:
        """Add to the counts of a kind (`mapped`, `not_needed`, `flag`) by label."""
        if not numbers:
            return
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, kind, label) "
                "DO UPDATE SET number = number + excluded.number, last_at = excluded.last_at",
                [
                    (source, connector, kind, label, number, now.isoformat())
                    for label, number in numbers.items()
                ],
            )

    def counts(self) -> list[dict[str, Any]]:
        """All counts, by source, kind and label."""
        with self._open() as connection:
            rows = connection.execute("SELECT * FROM counts ORDER BY source, kind, label")
            return [dict(row) for row in rows.fetchall()]

    def quarantined_counts(self) -> list[dict[str, Any]]:
        """Held payloads by source, connector, code and reason."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT source, connector, code, event, count(*) AS number, "
                "min(message) AS message FROM quarantine WHERE state = 'held' "
                "GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC"
            )
            return [dict(row) for row in rows.fetchall()]


def utc(text: str) -> datetime:
    """A stored instant."""
    return datetime.fromisoformat(text).astimezone(UTC)
