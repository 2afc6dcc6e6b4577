"""Sends a test: a signed message through the very door, and what came of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from fairlead.apps.sources.services import Tried, try_source
from fairlead.ingest.inbound import INBOUND
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.packs.connect import set_ups
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.problems import problem
from fairlead.web.requests import actor_of, request_id


def trial(request: HttpRequest, source_id: str) -> HttpResponse:
    """The form with a sample, or the outcome of what was sent."""
    found = desk().workspace.source(source_id)
    if found is None or found.connector not in INBOUND:
        return problem(
            request, 404, "Nothing to try", f"{source_id} is no declared source with a webhook."
        )
    set_up = set_ups()[found.connector]
    event = request.POST.get("event", set_up.event)
    sample = request.POST.get("body", set_up.sample)
    outcome: Tried | None = None
    error = ""
    if request.method == "POST":
        try:
            outcome = try_source(
                source=found,
                event=event.strip(),
                body=sample.encode("utf-8", "surrogatepass"),
                actor=actor_of(request),
                request_id=request_id(request),
            )
        except DiagnosticError as trouble:
            first = trouble.diagnostics[0]
            error = f"{first.code}: {first.message}"
    return render(
        request,
        "source_trial.html",
        title=f"Send a test to {found.title or found.id}",
        source=found,
        event=event,
        has_event=bool(INBOUND[found.connector].event_header),
        sample=sample,
        outcome=outcome,
        error=error,
    )
