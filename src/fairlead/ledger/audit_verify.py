"""Verifies an audit log and names what is wrong; needs neither the framework nor a database.

Rows come in the order in which they are kept. Findings: `entry_altered`, `entry_missing`,
`entry_reordered`, `clock_regression`, and against signed checkpoints `log_truncated`,
`log_forked`, `checkpoint_rollback`, `signature_invalid`, `key_unknown`,
`signature_not_checked`. A consequence of what is named already is not named again.
Source: security.md 4.10.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fairlead.methods.merkle import Frontier, leaf_hash
from fairlead.methods.signed_note import (
    Checkpoint,
    NoteError,
    VerifyingKey,
    parse_checkpoint,
    parse_note,
    verify_note,
)


@dataclass(frozen=True)
class LogRow:
    """One entry as it is kept: its text, its kept leaf, and what else is kept beside it."""

    text: str
    leaf: str
    salt: str = ""
    payload: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What is wrong, from one entry (or size) to another, in words."""

    kind: str
    first: int
    last: int
    detail: str


@dataclass(frozen=True)
class Verified:
    """What came of it; `signed_up_to` is the last signed size that the entries agree with."""

    size: int
    root: bytes
    findings: tuple[Finding, ...]
    signed_up_to: int
    checkpoint_count: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def verified_up_to(self) -> int:
        """The entries before the first one that something is wrong with."""
        wrong = [f.first for f in self.findings if f.kind.startswith(("entry_", "log_", "clock_"))]
        return min([self.size, *(first - 1 for first in wrong)])


@dataclass
class LogVerifier:
    """Takes rows one by one, and remembers the roots at the sizes that checkpoints state."""

    sizes: frozenset[int] = frozenset()
    frontier: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    last_seq: int = 0
    _expected: int = 1
    _gaps: list[tuple[int, int]] = field(default_factory=list)
    _last_at: datetime | None = None

    def take(self, row: LogRow) -> None:
        """One more row."""
        entry = row.text.encode()
        leaf = leaf_hash(entry)
        size = self.frontier.append(leaf)
        if size in self.sizes:
            self.roots[size] = self.frontier.root()
        try:
            fields = json.loads(entry)
            number, at = int(fields["seq"]), datetime.fromisoformat(fields["at"])
        except (ValueError, KeyError, TypeError):
            self._find("entry_altered", self._expected, "its text is no entry")
            self._expected += 1
            return
        if leaf.hex() != row.leaf:
            self._find("entry_altered", number, "its text does not give its kept hash")
        elif any(fields.get(name) != value for name, value in row.columns.items()):
            wrong = next(n for n, value in row.columns.items() if fields.get(n) != value)
            self._find("entry_altered", number, f"its column {wrong} is not what its text says")
        elif row.salt and commitment_of(row.salt, row.payload) != fields.get("payload_commitment"):
            self._find("entry_altered", number, "its payload is not the one committed to")
        self._place(number)
        if self._last_at is not None and at < self._last_at:
            self._find("clock_regression", number, f"{at.isoformat()} is before the entry above it")
        self._last_at = at

    def _place(self, number: int) -> None:
        self.last_seq = max(self.last_seq, number)
        if number >= self._expected:
            if number > self._expected:
                self._gaps.append((self._expected, number - 1))
            self._expected = number + 1
            return
        self._find("entry_reordered", number, "it stands after an entry with a greater number")
        for place, (first, last) in enumerate(self._gaps):
            if first <= number <= last:
                parts = [(first, number - 1), (number + 1, last)]
                self._gaps[place : place + 1] = [part for part in parts if part[0] <= part[1]]
                return

    def _find(self, kind: str, number: int, detail: str) -> None:
        if self.findings:
            before = self.findings[-1]
            if before.kind == kind and before.last + 1 == number and before.detail == detail:
                self.findings[-1] = Finding(kind, before.first, number, detail)
                return
        self.findings.append(Finding(kind, number, number, detail))

    def finish(self) -> None:
        """Name what never came."""
        for first, last in self._gaps:
            self.findings.append(Finding("entry_missing", first, last, "no entry has this number"))
        self._gaps = []


def verify_log(
    rows: Iterable[LogRow],
    notes: Sequence[str],
    keys: Sequence[VerifyingKey],
    outside: Sequence[str] = (),
) -> Verified:
    """Verify rows against signed checkpoints, `notes` in the order in which they were made.

    `outside` are checkpoints kept apart from the log, such as exported files: a log that is shorter
    than one of them was cut or set back.
    """
    judged = [judge_note(note, keys) for note in notes]
    apart = [judge_note(note, keys) for note in outside if note not in set(notes)]
    trusted = [found.checkpoint for found in (*judged, *apart) if found.checkpoint is not None]
    verifier = LogVerifier(frozenset(checkpoint.size for checkpoint in trusted))
    for row in rows:
        verifier.take(row)
    verifier.finish()
    findings = verifier.findings
    findings += [found.finding for found in (*judged, *apart) if found.finding is not None]
    findings += _set_back(judged, apart)
    findings += _against_roots(verifier, trusted)
    agreed = [c.size for c in trusted if verifier.roots.get(c.size) == c.root]
    ordered = sorted(findings, key=lambda finding: (finding.first, finding.kind))
    return Verified(
        size=verifier.frontier.size,
        root=verifier.frontier.root(),
        findings=tuple(ordered),
        signed_up_to=max(agreed, default=0),
        checkpoint_count=len({*notes, *outside}),
    )


@dataclass(frozen=True)
class Judged:
    """A checkpoint that can be trusted, or what is wrong with its note."""

    checkpoint: Checkpoint | None
    finding: Finding | None


def judge_note(text: str, keys: Sequence[VerifyingKey]) -> Judged:
    """Whether a note is a checkpoint that one of the keys signed."""
    try:
        note = parse_note(text)
        checkpoint = parse_checkpoint(note.text)
    except NoteError as error:
        return Judged(None, Finding("signature_invalid", 1, 1, f"a checkpoint is no note: {error}"))
    verdict = verify_note(note, keys)
    if verdict == "ok":
        return Judged(checkpoint, None)
    words = {
        "key_unknown": "signed by none of the known keys",
        "signature_invalid": "the signature does not fit the text",
        "signature_not_checked": "no Ed25519 is at hand here",
    }[verdict]
    size = max(checkpoint.size, 1)
    detail = f"the checkpoint of {checkpoint.size} entries: {words}"
    return Judged(None, Finding(verdict, size, size, detail))


def _set_back(judged: Sequence[Judged], apart: Sequence[Judged]) -> list[Finding]:
    """Checkpoints that go back in size, or of which the log no longer knows."""
    found, greatest = [], 0
    for checkpoint in (item.checkpoint for item in judged if item.checkpoint is not None):
        if checkpoint.size < greatest:
            detail = f"a checkpoint of {checkpoint.size} entries was made after one of {greatest}"
            found.append(Finding("checkpoint_rollback", checkpoint.size, greatest, detail))
        greatest = max(greatest, checkpoint.size)
    kept = [item.checkpoint.size for item in apart if item.checkpoint is not None]
    if max(kept, default=0) > greatest:
        detail = f"a file states {max(kept)} entries, the log's own checkpoints end at {greatest}"
        found.append(Finding("checkpoint_rollback", greatest + 1, max(kept), detail))
    return found


def _against_roots(verifier: LogVerifier, trusted: Sequence[Checkpoint]) -> list[Finding]:
    """Checkpoints that state more entries than there are, or other ones."""
    found = []
    longest = max((checkpoint.size for checkpoint in trusted), default=0)
    if longest > verifier.last_seq:
        detail = f"a checkpoint states {longest} entries; the last here is {verifier.last_seq}"
        found.append(Finding("log_truncated", verifier.last_seq + 1, longest, detail))
    blamed = [f.first for f in verifier.findings if f.kind.startswith("entry_")]
    agreed = 0
    for checkpoint in sorted(trusted, key=lambda item: item.size):
        root = verifier.roots.get(checkpoint.size)
        if root == checkpoint.root or checkpoint.size == 0:
            agreed = checkpoint.size
        elif root is not None and not any(first <= checkpoint.size for first in blamed):
            detail = f"the entries give another root than the checkpoint of {checkpoint.size}"
            found.append(Finding("log_forked", agreed + 1, checkpoint.size, detail))
            break
    return found


def commitment_of(salt: str, text: str) -> str:
    """SHA-256(salt || value): proves a value that is shown, tells nothing of one that is not."""
    try:
        return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()
    except ValueError:
        return ""
