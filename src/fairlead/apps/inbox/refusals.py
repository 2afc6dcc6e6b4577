"""Counts what was refused, per source, day and reason; the audit log hears of it once a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from fairlead.ledger.audit import record
from fairlead.ledger.inbox import RefusalNote, RefusedDelivery
from fairlead.ledger.permissions import NOBODY

NOTE_EVERY = timedelta(minutes=1)


def count_refusal(
    *, source_id: str, reason: str, address: str, request_id: str, now: datetime
) -> None:
    """Add one to the count of a source's day; what was in the body is gone."""
    with transaction.atomic():
        _add(source_id, reason, now)
        if _is_due(source_id, now):
            record(
                actor=NOBODY,
                action="delivery_refused",
                object_type="source",
                object_id=source_id or "unknown",
                payload={"reason": reason, "address": address},
                request_id=request_id,
                at=now,
            )


def _add(source_id: str, reason: str, now: datetime) -> None:
    rows = RefusedDelivery.objects.filter(source_id=source_id, refused_on=now.date(), reason=reason)
    if rows.update(number=F("number") + 1, last_at=now):
        return
    try:
        with transaction.atomic():
            RefusedDelivery.objects.create(
                source_id=source_id, refused_on=now.date(), reason=reason, number=1, last_at=now
            )
    except IntegrityError:
        rows.update(number=F("number") + 1, last_at=now)


def _is_due(source_id: str, now: datetime) -> bool:
    """Whether a minute has passed since the last entry; True for one caller alone."""
    notes = RefusalNote.objects.filter(source_id=source_id)
    if notes.filter(noted_at__lte=now - NOTE_EVERY).update(noted_at=now):
        return True
    if notes.exists():
        return False
    try:
        with transaction.atomic():
            RefusalNote.objects.create(source_id=source_id, noted_at=now)
    except IntegrityError:
        return False
    return True
