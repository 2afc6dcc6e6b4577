"""The audit log: who did what to what, in one order, in the transaction of the change itself.

Each entry is the RFC 8785 JSON of its fields; the entries are the leaves of a Merkle tree
(methods/merkle.py), so that an entry that is altered, missing or moved is found. Values that may be
personal or secret are committed to as SHA-256(salt || value), with salt and value kept apart.
Source: security.md 4.10.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import rfc8785
from django.db import connection, models, transaction

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.ids import random_bytes
from fairlead.ledger.audit_verify import commitment_of
from fairlead.ledger.permissions import Actor
from fairlead.methods.merkle import leaf_hash

FIELDS = (
    "seq",
    "at",
    "actor",
    "auth_method",
    "action",
    "object_type",
    "object_id",
    "before_sha256",
    "after_sha256",
    "request_id",
    "payload_commitment",
)
LONGEST_WAIT = timedelta(seconds=60)
LOOK_EVERY_ENTRIES, LOOK_EVERY = 100, timedelta(seconds=30)
_POSTGRES_LOCK = 7_310_271


class AuditEntry(models.Model):
    """One entry; `entry_json` is the very text that the tree is built over."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.CharField(max_length=36, blank=True, default="")
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=200)
    entry_json = models.TextField()
    leaf_sha256 = models.CharField(max_length=64)
    salt = models.CharField(max_length=64, blank=True, default="")
    payload_json = models.TextField(blank=True, default="")

    class Meta:
        db_table = "audit_entry"
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["actor_id", "at"], name="audit_actor"),
            models.Index(fields=["action", "seq"], name="audit_action"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.object_type}:{self.object_id}"


class AuditCheckpoint(models.Model):
    """A signed statement of size and root, as the note that was exported.

    `frontier` holds the roots of the full subtrees, from which the next checkpoint goes on.
    """

    size = models.BigIntegerField()
    root_base64 = models.CharField(max_length=64)
    note = models.TextField()
    frontier = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint of {self.size} entries"


def record(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str,
    before: Any = None,
    after: Any = None,
    payload: Mapping[str, Any] | None = None,
    request_id: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """Append one entry in the transaction that is open, or in one of its own.

    `before` and `after` enter as digests of their JSON; `payload` enters as a salted commitment.
    """
    with transaction.atomic():
        take_turn()
        last = AuditEntry.objects.order_by("-seq").values_list("seq", "at").first()
        moment = _in_order((at or SYSTEM_CLOCK.now()).astimezone(UTC), last)
        salt = random_bytes(16).hex() if payload is not None else ""
        text = json.dumps(payload, sort_keys=True) if payload is not None else ""
        number = last[0] + 1 if last else 1
        fields: dict[str, Any] = {
            "seq": number,
            "at": moment.isoformat(),
            "actor": actor.actor_id,
            "auth_method": actor.auth_method,
            "action": action,
            "object_type": object_type,
            "object_id": object_id,
            "before_sha256": _digest(before),
            "after_sha256": _digest(after),
            "request_id": request_id,
            "payload_commitment": commitment_of(salt, text) if payload is not None else None,
        }
        entry = rfc8785.dumps(fields)
        transaction.on_commit(partial(_look, number), robust=True)
        return AuditEntry.objects.create(
            seq=number,
            at=moment,
            actor_id=actor.actor_id,
            action=action,
            object_type=object_type,
            object_id=object_id,
            entry_json=entry.decode(),
            leaf_sha256=leaf_hash(entry).hex(),
            salt=salt,
            payload_json=text,
        )


def erase_payload(*, seq: int, actor: Actor, reason: str, request_id: str = "") -> AuditEntry:
    """Erase the payload and the salt of one entry, which leaves every proof whole.

    The only change of an entry that the triggers of the database let through; it is an entry too.
    """
    with transaction.atomic():
        AuditEntry.objects.filter(seq=seq).update(salt="", payload_json="")
        return record(
            actor=actor,
            action="audit_payload_erased",
            object_type="audit_entry",
            object_id=str(seq),
            after={"reason": reason},
            request_id=request_id,
        )


def _in_order(moment: datetime, last: tuple[int, datetime] | None) -> datetime:
    """The moment of an entry that waited for its turn is that of the entry before it.

    A clock that went back by more than the longest wait is left to be seen.
    """
    if last is not None and timedelta() < last[1] - moment <= LONGEST_WAIT:
        return last[1].astimezone(UTC)
    return moment


def _digest(value: Any) -> str | None:
    if value is None:
        return None
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


@dataclass
class _Watch:
    """When this process looks next whether a checkpoint is due."""

    at: datetime = datetime(1, 1, 1, tzinfo=UTC)


_watch = _Watch()


def _look(number: int) -> None:
    """Every hundredth entry, and the first one after half a minute, looks for a due checkpoint."""
    now = SYSTEM_CLOCK.now()
    if number % LOOK_EVERY_ENTRIES and now < _watch.at:
        return
    _watch.at = now + LOOK_EVERY
    from fairlead.ledger.audit_checkpoints import checkpoint_if_due

    checkpoint_if_due(now)


def take_turn() -> None:
    """One writer at a time, so that the numbers have no gap: SQLite's writers wait already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_POSTGRES_LOCK])
