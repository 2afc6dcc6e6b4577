"""The page of the daily review, and the form of its notes."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from fairlead.apps.review.services import MOST_LETTERS, notes_of_day, record_note
from fairlead.kernel.measure import Scorecard
from fairlead.kernel.wording import duration, minute
from fairlead.ledger.permissions import is_allowed
from fairlead.reports.attention import Attention, attention
from fairlead.reports.names import title_of
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.present_state import PresentAsked, yesterday
from fairlead.web.questions import usual_question
from fairlead.web.requests import actor_of, request_id

GAPS = (
    ("Error budgets", "burn of each service's budget", ("prometheus", "datadog")),
    ("Spend against budget", "yesterday's cost and what was planned", ("focus", "aws", "azure")),
    ("Access requests", "who waits for access, and for how long", ("okta", "entra_id")),
)


def review(request: HttpRequest) -> HttpResponse:
    """Yesterday and the state now, for the meeting of the day."""
    return _page(request, yesterday())


def notes(request: HttpRequest) -> HttpResponse:
    """Keeps a note of the review; a plain visit leads to the page."""
    asked = yesterday()
    if request.method != "POST":
        return HttpResponseRedirect("/review")
    text = request.POST.get("note", "").strip()
    if not text:
        return _page(request, asked, problem="Write something first.", status=400)
    if len(text) > MOST_LETTERS:
        problem = f"A note has {MOST_LETTERS:,} letters at most; this one has {len(text):,}."
        return _page(request, asked, problem=problem, note=text, status=400)
    record_note(actor=actor_of(request), day=asked.day, text=text, request_id=request_id(request))
    return HttpResponseRedirect("/review#notes")


def _page(
    request: HttpRequest,
    asked: PresentAsked,
    *,
    problem: str = "",
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    snapshot = desk().snapshots.get(asked)
    model = desk().workspace.model
    usual = usual_question()
    card = desk().snapshots.get(usual).card
    zone = usual.window.zone
    return render(
        request,
        "review.html",
        title="Daily review",
        status=status,
        state=snapshot.card,
        is_fresh=snapshot.is_fresh,
        day=f"{asked.day:%A}, {asked.day.day} {asked.day:%B %Y}",
        off=None if card is None else _off_target(card),
        gaps=GAPS,
        notes=notes_of_day(day=asked.day),
        can_record=is_allowed(actor_of(request), "review:record"),
        problem=problem,
        note=note,
        most=MOST_LETTERS,
        when=partial(minute, zone=zone),
        long=duration,
        name_of=partial(title_of, model),
    )


def _off_target(card: Scorecard) -> list[Attention]:
    """The KPIs that are off target, most pressing first."""
    found = attention(card.cards, (), desk().workspace.model, most=len(card.cards))
    return [item for item in found if item.status == "red"]
