"""One source: its deliveries, its gaps, and what is held in quarantine with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.messages import get_messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse

from fairlead.apps.sources.connect import hook_url
from fairlead.apps.sources.states import SourceLine, source_lines
from fairlead.ingest.inbound import INBOUND, SECRETS, scheme_of
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.kernel.ids import near_match
from fairlead.kernel.window import load_zone
from fairlead.kernel.wording import counted, minute
from fairlead.ledger.inbox import Delivery, RefusedDelivery
from fairlead.ledger.permissions import is_allowed
from fairlead.opmodel.kinds.source import Source
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.problems import problem
from fairlead.web.requests import actor_of

SHOWN = 50
PAYLOAD_CHARACTERS = 6_000
_SHAPES = {"received": "unknown_quality", "mapped": "green", "quarantined": "red"}
_STATES = {"received": "waiting", "mapped": "mapped", "quarantined": "in quarantine"}


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery in words."""

    received: str
    event: str
    delivery_ref: str
    shape: str
    state: str
    what: str


@dataclass(frozen=True)
class HeldLine:
    """One payload in quarantine: why, and what it says."""

    quarantine_id: int
    received: str
    event: str
    code: str
    path: str
    message: str
    payload: str
    is_cut: bool


def source(request: HttpRequest, source_id: str) -> HttpResponse:
    """The page of one source; 404 with a near match for one that nobody knows."""
    lines = {line.source_id: line for line in source_lines().lines}
    line = lines.get(source_id)
    if line is None:
        like = near_match(source_id, lines)
        detail = f"There is no source {source_id}." + (f" Did you mean {like}?" if like else "")
        return problem(request, 404, "No such source", detail)
    actor = actor_of(request)
    may_read = is_allowed(actor, "quarantine:read")
    return render(
        request,
        "source.html",
        title=line.title,
        line=line,
        declared=desk().workspace.source(source_id),
        webhook=_webhook(request, line),
        deliveries=_deliveries(source_id),
        refusals=_refusals(source_id),
        held=_held(source_id) if may_read else [],
        may_read=may_read,
        may_replay=is_allowed(actor, "quarantine:replay"),
        may_configure=is_allowed(actor, "source:configure"),
        notes=[str(note) for note in get_messages(request)],
    )


def _webhook(request: HttpRequest, line: SourceLine) -> dict[str, str] | None:
    """How it receives, or why it does not; None where the connector has no webhook."""
    found = desk().workspace.source(line.source_id)
    if found is None or found.connector not in INBOUND:
        return None
    try:
        scheme = scheme_of(found.connector, found.settings).label
    except DiagnosticError as error:
        scheme = error.diagnostics[0].message
    return {
        "url": hook_url(request, line.source_id),
        "scheme": scheme,
        "secrets": _secret_words(found),
    }


def _secret_words(found: Source) -> str:
    declared = [name for name in SECRETS if name in found.secrets]
    if not declared:
        return "none declared: every delivery is refused"
    return "two live ones" if len(declared) == len(SECRETS) else "one, by reference"


def _zone() -> Any:
    return load_zone(desk().workspace.model.workspace.time_zone)


def _deliveries(source_id: str) -> list[DeliveryLine]:
    rows = (
        Delivery.objects.filter(source_id=source_id).defer("body").order_by("-received_at", "-pk")
    )
    zone = _zone()
    return [
        DeliveryLine(
            minute(row.received_at, zone),
            row.event or "",
            row.delivery_ref,
            _SHAPES[row.state],
            _STATES[row.state],
            _what(row.outcome),
        )
        for row in rows[:SHOWN]
    ]


def _what(outcome: Mapping[str, Any]) -> str:
    """What a delivery gave, in words."""
    if outcome.get("is_trial"):
        return "a trial: nothing was written"
    if "code" in outcome:
        return f"{outcome['code']} at {outcome['path']}: {outcome['message']}"
    facts: Mapping[str, int] = outcome.get("facts") or {}
    if facts:
        return ", ".join(f"{number:,} {name}" for name, number in sorted(facts.items()))
    reasons: Sequence[str] = outcome.get("not_needed") or ()
    return f"not needed: {reasons[0]}" if reasons else ""


def _refusals(source_id: str) -> list[tuple[str, str]]:
    """What was refused in the last seven days, by reason."""
    since = (desk().workspace.clock.now() - timedelta(days=6)).date()
    rows = RefusedDelivery.objects.filter(source_id=source_id, refused_on__gte=since)
    totals = rows.values_list("reason").annotate(total=Sum("number")).order_by("-total", "reason")
    return [(reason, counted(total, "delivery", "deliveries")) for reason, total in totals]


def _held(source_id: str) -> list[HeldLine]:
    zone = _zone()
    found = desk().workspace.journal.held(source_id)
    return [
        HeldLine(
            item.quarantine_id,
            minute(item.received_at, zone),
            item.event or "",
            item.code,
            item.path,
            item.message,
            _pretty(item.payload)[:PAYLOAD_CHARACTERS],
            len(item.payload) > PAYLOAD_CHARACTERS,
        )
        for item in reversed(found[-SHOWN:])
    ]


def _pretty(payload: str) -> str:
    """Indented where it is JSON that is not too long, else as it is."""
    if len(payload) > PAYLOAD_CHARACTERS:
        return payload
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return payload
