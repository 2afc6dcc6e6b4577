"""The audit log of 1,000,000 entries: hashing its leaves, and verifying it against checkpoints.

The alternative computes the root by its recursive definition over all leaves, once for each of ten
checkpoints, as a verifier without kept subtree roots must; every root must equal ours.
Appending is measured on SQLite with every commit on disk, against the same row without the log.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import rfc8785

from bench.figure import Figure, apart, best_of, peak_mebibytes, run_alone, sized, timed
from fairlead.ledger.audit_verify import LogRow, verify_log
from fairlead.methods.merkle import Frontier, leaf_hash, root_of
from fairlead.methods.signed_note import Checkpoint, sign_note, verifying_key_of

ENTRIES, CHECKPOINTS, APPENDS = 1_000_000, 10, 2_000
TARGET_SECONDS, TARGET_RATE, TARGET_APPENDS = 90.0, 200_000, 1_000
NAME, SEED = "bench.invalid/log", bytes(32)
START = datetime(2027, 1, 1, tzinfo=UTC)


def texts(count: int) -> Iterator[bytes]:
    """Entries of the size that the product writes."""
    for number in range(1, count + 1):
        yield rfc8785.dumps(
            {
                "seq": number,
                "at": (START + timedelta(seconds=number)).isoformat(),
                "actor": "01a20f82-b9ea-74ac-86d6-6a3147dbe2e3",
                "auth_method": "session",
                "action": "role_granted",
                "object_type": "person",
                "object_id": f"01a20f82-b9ea-74ac-86d6-{number:012x}",
                "before_sha256": None,
                "after_sha256": "bb0810a955fc1d760af8c59229dfb0aee1b0906f956529c5eb8358e108a3516a",
                "request_id": f"01a20f82-0000-7000-8000-{number:012x}",
                "payload_commitment": None,
            }
        )


def rows_and_notes(count: int) -> tuple[list[LogRow], list[str], list[bytes]]:
    """The log, its checkpoints at equal distances, and its leaves."""
    rows, notes, leaves, frontier = [], [], [], Frontier()
    each = max(1, count // CHECKPOINTS)
    for text in texts(count):
        leaf = leaf_hash(text)
        leaves.append(leaf)
        rows.append(LogRow(text.decode(), leaf.hex()))
        if frontier.append(leaf) % each == 0:
            note = Checkpoint(NAME, frontier.size, frontier.root()).text()
            notes.append(sign_note(note, NAME, SEED))
    return rows, notes, leaves


def measure_verify(count: int) -> tuple[float, float, float, float]:
    """Seconds of verifying, of naive roots, and of hashing leaves; peak memory before the naive."""
    rows, notes, leaves = rows_and_notes(count)
    encoded = [row.text.encode() for row in rows]
    hashing, _ = timed(lambda: [leaf_hash(text) for text in encoded])
    seconds, found = timed(lambda: verify_log(rows, notes, [verifying_key_of(NAME, SEED)]))
    assert found.is_whole, found.findings
    peak = peak_mebibytes()
    each = max(1, count // CHECKPOINTS)
    sizes = range(each, each * len(notes) + 1, each)
    naive, roots = timed(lambda: [root_of(leaves[:size]) for size in sizes])
    assert roots[-1] == found.root or count % each
    return seconds, naive, hashing, peak


def measure_appends(count: int) -> tuple[float, float]:
    """Seconds of durable appends to the log of SQLite, and of the same rows in a plain table."""
    from fairlead.demo.acme import write_model

    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), last=START.date())
        os.environ["FAIRLEAD_WORKSPACE"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "fairlead.site.settings"
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from fairlead.ledger.audit import record
        from fairlead.ledger.permissions import Actor

        call_command("migrate", verbosity=0)
        actor = Actor("01a20f82-b9ea-74ac-86d6-6a3147dbe2e3", "x")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE plain (number INTEGER PRIMARY KEY, entry TEXT)")
        content = [text.decode() for text in texts(count)]

        def append() -> None:
            for number in range(count):
                record(actor=actor, action="did", object_type="thing", object_id=str(number))

        def insert() -> None:
            with connection.cursor() as cursor:
                for text in content:
                    cursor.execute("INSERT INTO plain (entry) VALUES (%s)", [text])

        return best_of(3, append), best_of(3, insert)


def measure(scale: float = 1.0) -> list[Figure]:
    """Figures for verifying, for hashing leaves and for appending."""
    count, appends = sized(ENTRIES, scale, 1000), sized(APPENDS, scale, 100)
    seconds, naive, hashing, peak = apart(measure_verify, count)
    half = apart(measure_verify, count // 2)
    appending, inserting = apart(measure_appends, appends)
    rate = count / hashing
    return [
        Figure(
            work=f"`audit verify` of {count:,} entries with {CHECKPOINTS} checkpoints",
            seconds=seconds,
            alternative="only the roots, by the recursive definition, at each checkpoint",
            alternative_seconds=naive,
            target=f"under {TARGET_SECONDS:.0f} s",
            is_met=seconds < TARGET_SECONDS,
            growth=seconds / half[0],
            peak_mebibytes=peak,
            note="ours also reads every entry and checks numbers, order and signatures",
        ),
        Figure(
            work=f"leaf hashes of {count:,} entries",
            seconds=hashing,
            alternative="",
            alternative_seconds=None,
            target=f"at least {TARGET_RATE:,} a second",
            is_met=rate >= TARGET_RATE,
            note=f"{rate:,.0f} a second",
        ),
        Figure(
            work=f"{appends:,} durable appends to the log on SQLite, one transaction each",
            seconds=appending,
            alternative="one row a transaction into a plain table, without the log",
            alternative_seconds=inserting,
            target=f"at least {TARGET_APPENDS:,} a second",
            is_met=appends / appending >= TARGET_APPENDS,
            note=f"{appends / appending:,.0f} a second",
        ),
    ]


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    return run_alone(measure)


if __name__ == "__main__":
    sys.exit(main())
