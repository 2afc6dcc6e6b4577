"""Verification of the log in the database, its export as lines, and the proof of one entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from fairlead.kernel.diagnostic import fail
from fairlead.ledger.audit import AuditCheckpoint, AuditEntry
from fairlead.ledger.audit_checkpoints import last_checkpoint, log_folder
from fairlead.ledger.audit_keys import exported_checkpoints, public_keys
from fairlead.ledger.audit_verify import LogRow, Verified, verify_log
from fairlead.methods.merkle import inclusion_path, root_of, verify_inclusion

CHUNK, BLOCK = 5000, 1024
_COLUMNS = ("seq", "actor", "action", "object_type", "object_id")


def log_rows() -> Iterator[LogRow]:
    """Every entry of the database, in the order of its numbers."""
    rows = AuditEntry.objects.order_by("seq").values_list(
        "seq", "actor_id", "action", "object_type", "object_id",
        "entry_json", "leaf_sha256", "salt", "payload_json",
    )  # fmt: skip
    for row in rows.iterator(chunk_size=CHUNK):
        columns = dict(zip(_COLUMNS, row[:5], strict=True))
        yield LogRow(row[5], row[6], row[7], row[8], columns)


def log_notes() -> list[str]:
    """Every checkpoint of the database, in the order in which they were made."""
    return list(AuditCheckpoint.objects.order_by("id").values_list("note", flat=True))


def verify_database(folder: Path | None = None) -> Verified:
    """Verify the log of the database against its checkpoints and the exported ones."""
    place = folder or log_folder()
    return verify_log(log_rows(), log_notes(), public_keys(place), exported_checkpoints(place))


def export_lines() -> Iterator[str]:
    """The log as lines of JSON: keys, checkpoints, then entries; `audit verify --file` reads it."""
    for key in public_keys(log_folder()):
        yield _line({"type": "key", "key": str(key)})
    for note in log_notes():
        yield _line({"type": "checkpoint", "note": note})
    for row in log_rows():
        content: dict[str, Any] = {"type": "entry", "entry": row.text, "leaf_sha256": row.leaf}
        if row.salt:
            content |= {"salt": row.salt, "payload": row.payload}
        yield _line(content)


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"


@dataclass(frozen=True)
class Proof:
    """That an entry is the leaf `index` of a tree of that size and root."""

    leaf: bytes
    index: int
    size: int
    root: bytes
    path: tuple[bytes, ...]
    is_signed: bool

    @property
    def holds(self) -> bool:
        """Whether leaf and path give the root."""
        return verify_inclusion(self.leaf, self.index, self.size, self.path, self.root)


def prove_entry(seq: int) -> Proof:
    """The proof of an entry under the last checkpoint, or under the log as it is if it is newer.

    The root of a signed size is the signed one, so an entry that was changed does not hold.
    """
    leaf = AuditEntry.objects.filter(seq=seq).values_list("leaf_sha256", flat=True).first()
    if leaf is None:
        raise fail("FL7028", f"the log has no entry {seq}")
    last = last_checkpoint()
    is_signed = last is not None and seq <= last.size
    size = last.size if last is not None and is_signed else AuditEntry.objects.count()
    roots = _range_roots()
    path = tuple(inclusion_path(seq - 1, size, roots))
    root = _signed_root(last) if last is not None and is_signed else roots(0, size)
    return Proof(bytes.fromhex(leaf), seq - 1, size, root, path, is_signed)


def _signed_root(checkpoint: AuditCheckpoint) -> bytes:
    from fairlead.methods.signed_note import parse_checkpoint, parse_note

    return parse_checkpoint(parse_note(checkpoint.note).text).root


def _range_roots() -> Callable[[int, int], bytes]:
    """Roots of ranges of leaves: whole blocks are kept per process, the rest is read."""
    database = str(connection.settings_dict["NAME"])

    def root(start: int, count: int) -> bytes:
        if count < BLOCK:
            return root_of(_leaves(start, count))
        whole, rest = divmod(count, BLOCK)
        blocks = [_block_root(database, start // BLOCK + number) for number in range(whole)]
        return _joined(blocks, _leaves(start + whole * BLOCK, rest))

    return root


def _joined(blocks: list[bytes], tail: list[bytes]) -> bytes:
    """The root over whole blocks and a tail that is shorter than one."""
    return root_of([*blocks, root_of(tail)] if tail else blocks)


@lru_cache(maxsize=65_536)
def _block_root(database: str, number: int) -> bytes:  # noqa: ARG001
    return root_of(_leaves(number * BLOCK, BLOCK))


def _leaves(start: int, count: int) -> list[bytes]:
    if not count:
        return []
    rows = AuditEntry.objects.filter(seq__gt=start, seq__lte=start + count).order_by("seq")
    return [bytes.fromhex(leaf) for leaf in rows.values_list("leaf_sha256", flat=True)]
