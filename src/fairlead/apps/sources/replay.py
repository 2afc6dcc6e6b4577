"""Maps what is in quarantine again, after a fix of the settings or of Fairlead."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from fairlead.apps.sources.services import replay_quarantine
from fairlead.kernel.wording import counted
from fairlead.web.requests import actor_of, request_id


def replay(request: HttpRequest, source_id: str) -> HttpResponse:
    """Replay one payload or all of a source, and say what came of it."""
    back = HttpResponseRedirect(
        reverse("sources.source", kwargs={"source_id": source_id}) + "#quarantine"
    )
    if request.method != "POST":
        return back
    given = request.POST.get("quarantine_id", "")
    done = replay_quarantine(
        source_id=source_id,
        quarantine_id=int(given) if given.isdigit() else None,
        actor=actor_of(request),
        request_id=request_id(request),
    )
    text = f"{counted(done.mapped_count, 'payload')} mapped, {done.held_count:,} still held."
    messages.info(request, " ".join([text, *done.not_tried]))
    return back
