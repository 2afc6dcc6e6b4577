"""Records and reads the notes of daily reviews; they live in the audit log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from fairlead.ledger.audit import AuditEntry, record
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import Actor

MOST_LETTERS = 4_000
KIND = "review"


@dataclass(frozen=True)
class Note:
    """One note: who wrote it, when, and its text; None where the text was removed."""

    author: str
    at: datetime
    text: str | None


def record_note(*, actor: Actor, day: date, text: str, request_id: str) -> None:
    """Keep a note of the review of a day."""
    with transaction.atomic():
        record(
            actor=actor,
            action="review_noted",
            object_type=KIND,
            object_id=day.isoformat(),
            payload={"note": text},
            request_id=request_id,
        )


def notes_of_day(*, day: date) -> list[Note]:
    """The notes of the review of a day, oldest first."""
    entries = list(
        AuditEntry.objects.filter(
            object_type=KIND, object_id=day.isoformat(), action="review_noted"
        ).order_by("seq")[:200]
    )
    wanted = {entry.actor_id for entry in entries}
    names = dict(Person.objects.filter(person_id__in=wanted).values_list("person_id", "name"))
    return [
        Note(
            author=names.get(entry.actor_id, "someone who left"),
            at=entry.at,
            text=json.loads(entry.payload_json).get("note") if entry.payload_json else None,
        )
        for entry in entries
    ]
