"""Checkpoints of the audit log: signed size and root, every 1,000 entries or ten minutes.

Each goes on from the subtree roots that the one before it left behind, so an entry that was changed
since then cannot get into a later root unseen. Each is exported as a file beside the ledger;
without an anchor outside the installation the log is `unanchored`.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.audit import AuditCheckpoint, AuditEntry, take_turn
from fairlead.ledger.audit_keys import CHECKPOINTS, audit_key
from fairlead.methods.merkle import Frontier
from fairlead.methods.signed_note import Checkpoint

EVERY_ENTRIES, EVERY = 1000, timedelta(minutes=10)
ANCHOR_STATE = "unanchored"
_LOG = logging.getLogger(__name__)


def log_folder() -> Path:
    """Where key and exported checkpoints of this installation lie."""
    folder: Path = settings.STATE_FOLDER
    return folder


def last_checkpoint() -> AuditCheckpoint | None:
    """The checkpoint that was made last."""
    return AuditCheckpoint.objects.order_by("-id").first()


def is_checkpoint_due(now: datetime) -> bool:
    """Whether there are 1,000 entries that are not signed, or some and ten minutes went by."""
    last, size = last_checkpoint(), _last_seq()
    waiting = size - (last.size if last else 0)
    if waiting <= 0:
        return False
    return last is None or waiting >= EVERY_ENTRIES or now - last.created_at >= EVERY


def checkpoint_if_due(now: datetime | None = None) -> AuditCheckpoint | None:
    """Make a checkpoint where one is due."""
    moment = now or SYSTEM_CLOCK.now()
    return checkpoint_if_possible(moment) if is_checkpoint_due(moment) else None


def checkpoint_if_possible(moment: datetime) -> AuditCheckpoint | None:
    """Make a checkpoint now; a key that cannot be used is noted, never in the way."""
    try:
        return make_checkpoint(now=moment)
    except (DiagnosticError, OSError) as error:
        _LOG.error("no checkpoint of the audit log could be made: %s", error)
        return None


def make_checkpoint(*, now: datetime | None = None) -> AuditCheckpoint | None:
    """Sign the log as it is and export the note; None where nothing is new."""
    key = audit_key(log_folder())
    with transaction.atomic():
        take_turn()
        last = last_checkpoint()
        frontier = _frontier_of(last)
        leaves = AuditEntry.objects.filter(seq__gt=frontier.size).order_by("seq")
        for leaf in leaves.values_list("leaf_sha256", flat=True).iterator(chunk_size=5000):
            frontier.append(bytes.fromhex(leaf))
        if last is not None and frontier.size == last.size:
            return None
        checkpoint = Checkpoint(key.name, frontier.size, frontier.root())
        text = checkpoint.text()
        made = AuditCheckpoint.objects.create(
            size=frontier.size,
            root_base64=text.split("\n")[2],
            note=key.sign(text),
            frontier=[[size, root.hex()] for size, root in frontier.subtrees],
            created_at=now or SYSTEM_CLOCK.now(),
        )
        transaction.on_commit(lambda: export_note(made, log_folder()))
    return made


def _frontier_of(last: AuditCheckpoint | None) -> Frontier:
    kept = last.frontier if last is not None else []
    return Frontier([(size, bytes.fromhex(root)) for size, root in kept])


def export_note(made: AuditCheckpoint, folder: Path) -> Path:
    """Write a note as a file, whole or not at all; one that lies there already is left alone."""
    place = folder / CHECKPOINTS
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{made.size}.note"
    if not path.exists():
        waiting = path.with_suffix(".part")
        with waiting.open("w", encoding="utf-8") as file:
            file.write(made.note)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    return path


def _last_seq() -> int:
    return AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
