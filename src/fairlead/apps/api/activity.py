"""The audit log: entries newest first, with the leaf that each is in the tree."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest
from ninja import Field, Query

from fairlead.apps.api.asking import Paging
from fairlead.apps.api.operations import operation
from fairlead.apps.api.problem import ApiProblemError
from fairlead.ledger.audit import AuditEntry
from fairlead.web.api_shapes import ActivityEntry
from fairlead.web.paging import Page, page_of_query


class ActivityAsked(Paging):
    """Which entries."""

    actor: str | None = Field(None, max_length=36, description="Id of the person.")
    action: str | None = Field(None, max_length=60)
    object_type: str | None = Field(None, max_length=40)
    object_id: str | None = Field(None, max_length=200)
    since: datetime | None = Field(None, description="From this instant on.")
    until: datetime | None = Field(None, description="Up to this instant.")


@operation(
    "GET", "/activity", "activity:read", answers=Page[ActivityEntry], tag="activity",
    example={"items": [{"seq": 12, "at": "2026-11-22T21:14:00Z", "actor": "0199…",
                        "action": "login", "object_type": "account",
                        "object_id": "ada@acme.example", "leaf_sha256": "6e34…",
                        "entry": "{\"seq\":12}"}], "next": None, "total": None},
)  # fmt: skip
def activity(request: HttpRequest, asked: Query[ActivityAsked]) -> Page[ActivityEntry]:  # noqa: ARG001
    """Who did what to what, newest first; `entry` is the very text that the tree is built over."""
    query = AuditEntry.objects.defer("salt", "payload_json")
    wanted = asked.model_dump(exclude={"cursor", "limit"}, exclude_none=True)
    wanted |= {name: _utc(value) for name, value in wanted.items() if name in ("since", "until")}
    names = {"actor": "actor_id", "since": "at__gte", "until": "at__lt"}
    query = query.filter(**{names.get(name, name): value for name, value in wanted.items()})
    return page_of_query(query, wanted, asked.cursor, asked.limit, _entry)


def _utc(instant: datetime) -> datetime:
    """The instant in UTC, as the log has it; one without a zone is read as UTC."""
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ApiProblemError(
            422, "The request does not fit", f"`{instant}` is outside the calendar."
        ) from None


def _entry(found: AuditEntry) -> ActivityEntry:
    return ActivityEntry(
        found.seq, found.at, found.actor_id, found.action, found.object_type, found.object_id,
        found.leaf_sha256, found.entry_json,
    )  # fmt: skip
