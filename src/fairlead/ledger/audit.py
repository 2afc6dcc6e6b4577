"""The audit log: who did what to what, in one order, in the transaction of the change itself.

Each entry is the RFC 8785 JSON of its fields; the entries are the leaves of a Merkle tree
(methods/merkle.py), so that an entry that is altered, missing or moved is found. Values that may be
personal or secret are committed to as SHA-256(salt || value), with salt and value kept apart.
Source: security.md 4.10.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import rfc8785
from django.db import connection, models, transaction

from fairlead.kernel.clock import SYSTEM_CLOCK
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
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.object_type}:{self.object_id}"


class AuditCheckpoint(models.Model):
    """A signed statement of size and root, as the note that was exported."""

    size = models.BigIntegerField()
    root_base64 = models.CharField(max_length=64)
    note = models.TextField()
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
        _take_turn()
        last = AuditEntry.objects.order_by("-seq").values_list("seq", flat=True).first()
        moment = (at or SYSTEM_CLOCK.now()).astimezone(UTC)
        salt = secrets.token_hex(16) if payload is not None else ""
        text = json.dumps(payload, sort_keys=True) if payload is not None else ""
        number = (last or 0) + 1
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
            "payload_commitment": commitment(salt, text) if payload is not None else None,
        }
        entry = rfc8785.dumps(fields)
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


def commitment(salt: str, text: str) -> str:
    """SHA-256(salt || value): proves a value that is shown, tells nothing of one that is not."""
    return hashlib.sha256(bytes.fromhex(salt) + text.encode()).hexdigest()


def _digest(value: Any) -> str | None:
    if value is None:
        return None
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def _take_turn() -> None:
    """One writer at a time, so that the numbers have no gap: SQLite's writers wait already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_POSTGRES_LOCK])
