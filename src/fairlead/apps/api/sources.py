"""Sources, what came in from them, and what could not be mapped, with its replay."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Field, Query, Schema

from fairlead.apps.api.asking import Paging, kept
from fairlead.apps.api.operations import operation
from fairlead.engine.sources import source_states
from fairlead.ingest.journal import Held
from fairlead.ledger.audit import record
from fairlead.ledger.inbox import STATES, Delivery
from fairlead.web.api_shapes import DeliveryAnswer, HeldPayload, ReplayAnswer, SourceAnswer
from fairlead.web.data_quality import source_row
from fairlead.web.desk import desk
from fairlead.web.paging import Page, page_of_query, page_of_rows
from fairlead.web.replay import replay_held
from fairlead.web.requests import actor_of, request_id


class HeldAsked(Paging):
    """Which payloads."""

    source: str | None = Field(None, max_length=200)
    state: Literal["held", "replayed", "dismissed"] = "held"


class DeliveriesAsked(Paging):
    """Which deliveries."""

    source: str | None = Field(None, max_length=200)
    state: str | None = Field(None, pattern=f"^({'|'.join(STATES)})$")


class ReplayWish(Schema):
    """What to map again: the payloads of a source, or all; a dry run writes nothing."""

    source: str | None = Field(None, max_length=200)
    dry_run: bool = False


@operation(
    "GET", "/sources", "source:read", answers=Page[SourceAnswer], tag="sources",
    example={"items": [{"source": "github", "connector": "github", "facts": 1200, "gaps": [],
                        "last_event_at": "2026-11-22T21:14:00Z", "lag_hours": 8.8,
                        "state": "alive", "quarantined": 0, "not_needed": 3}],
             "next": None, "total": 1},
)  # fmt: skip
def source_list(request: HttpRequest, asked: Query[Paging]) -> Page[SourceAnswer]:  # noqa: ARG001
    """Each source of facts: last event, lag, silent or alive, gaps, counts."""
    rows = kept("sources", _sources)
    return page_of_rows(rows, {"list": "sources"}, asked.cursor, asked.limit)


def _sources() -> list[SourceAnswer]:
    workspace = desk().workspace
    journal, now = workspace.journal, workspace.clock.now()
    with workspace.session() as session:
        states = source_states(
            session, workspace.model, journal.counts(), journal.quarantined_counts(), now
        )
    return [SourceAnswer(**source_row(state)) for state in states]


@operation(
    "GET", "/quarantine", "quarantine:read", answers=Page[HeldPayload], tag="sources",
    example={"items": [{"quarantine_id": 7, "source": "github", "connector": "github",
                        "event": "deployment_status", "delivery_ref": None, "state": "held",
                        "received_at": "2026-11-22T21:14:00Z", "code": "FL3101", "path": "$.id",
                        "message": "`id` is missing", "payload": "{}"}], "next": None, "total": 1},
)  # fmt: skip
def quarantine(request: HttpRequest, asked: Query[HeldAsked]) -> Page[HeldPayload]:  # noqa: ARG001
    """Payloads that could not be mapped, as they were received, with code, path and reason."""
    rows = [
        _held(item) for item in desk().workspace.journal.held(asked.source or None, asked.state)
    ]
    question = {"list": "quarantine", "source": asked.source, "state": asked.state}
    return page_of_rows(rows, question, asked.cursor, asked.limit)


def _held(item: Held) -> HeldPayload:
    return HeldPayload(
        item.quarantine_id, item.source, item.connector, item.event, item.delivery_ref,
        item.received_at, item.code, item.path, item.message, item.payload, item.state,
    )  # fmt: skip


@operation(
    "POST", "/quarantine/replay", "quarantine:replay", answers=ReplayAnswer, tag="sources",
    example={"mapped_count": 3, "held_count": 1, "not_tried": []},
)  # fmt: skip
def quarantine_replay(request: HttpRequest, wish: ReplayWish) -> ReplayAnswer:
    """Map what is in quarantine again, after a connector, a setting or a mapping was mended."""
    done = replay_held(desk().workspace, wish.source or None, dry_run=wish.dry_run)
    answer = ReplayAnswer(done.mapped_count, done.held_count, done.not_tried)
    if not wish.dry_run:
        record(
            actor=actor_of(request),
            action="quarantine_replayed",
            object_type="source",
            object_id=(wish.source or "all")[:200],
            after={"mapped_count": done.mapped_count, "held_count": done.held_count},
            request_id=request_id(request),
        )
    return answer


@operation(
    "GET", "/deliveries", "source:read", answers=Page[DeliveryAnswer], tag="sources",
    example={"items": [{"delivery_id": 41, "source": "github", "connector": "github",
                        "delivery_ref": "72d3162e", "event": "push", "scheme": "github",
                        "body_sha256": "9f86…", "received_at": "2026-11-22T21:14:00Z",
                        "state": "mapped", "attempt_count": 1, "outcome": {},
                        "settled_at": "2026-11-22T21:14:01Z"}], "next": None, "total": None},
)  # fmt: skip
def deliveries(request: HttpRequest, asked: Query[DeliveriesAsked]) -> Page[DeliveryAnswer]:  # noqa: ARG001
    """What the inbox received, newest first, and what became of it."""
    query = Delivery.objects.defer("body", "headers")
    if asked.source:
        query = query.filter(source_id=asked.source)
    if asked.state:
        query = query.filter(state=asked.state)
    question = {"list": "deliveries", "source": asked.source, "state": asked.state}
    return page_of_query(query, question, asked.cursor, asked.limit, _delivery)


def _delivery(found: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        found.pk, found.source_id, found.connector_id, found.delivery_ref, found.event,
        found.scheme, found.body_sha256, found.received_at, found.state, found.attempt_count,
        found.settled_at, found.outcome,
    )  # fmt: skip
