"""The log, newest first, filtered by its address and paged by number; and as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from fairlead.apps.activity.selection import entries_of, names_of, selection_of
from fairlead.apps.activity.verification import log_state
from fairlead.ledger.audit import AuditEntry, record
from fairlead.ledger.permissions import is_allowed
from fairlead.web.console import render
from fairlead.web.exports import exported
from fairlead.web.requests import actor_of, request_id

PAGE, MOST = 50, 100_000


def activity(request: HttpRequest) -> HttpResponse:
    """One page of the log, with the state of its integrity above."""
    selection, actor = selection_of(request), actor_of(request)
    found = entries_of(selection)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(seq__lt=int(before))
    some = list(found[: PAGE + 1])
    shown = some[:PAGE]
    actions = AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct()
    return render(
        request,
        "activity.html",
        title="Activity",
        selection=selection,
        entries=shown,
        names=names_of(shown),
        next=shown[-1].seq if len(some) > PAGE else None,
        is_first=not before,
        actions=list(actions),
        state=log_state(),
        may_export=is_allowed(actor, "activity:export"),
        may_verify=is_allowed(actor, "audit:verify"),
    )


def export(request: HttpRequest) -> HttpResponseBase:
    """The selection as CSV or JSON, at most 100,000 entries; taking it is an entry too."""
    selection = selection_of(request)
    found = list(entries_of(selection)[:MOST])
    names = names_of(found)
    rows = [
        {
            "seq": entry.seq,
            "at": entry.at,
            "actor_id": entry.actor_id,
            "actor": names.get(entry.actor_id, ""),
            "action": entry.action,
            "object_type": entry.object_type,
            "object_id": entry.object_id,
            "leaf_sha256": entry.leaf_sha256,
            "entry": entry.entry_json,
        }
        for entry in found
    ]
    answer = exported(rows, "activity", request.GET.get("format", "csv"))
    record(
        actor=actor_of(request),
        action="activity_exported",
        object_type="audit_log",
        object_id=selection.query[:200],
        after={"entries": len(rows)},
        request_id=request_id(request),
    )
    return answer
