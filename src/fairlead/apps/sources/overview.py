"""Every source at a glance: does it deliver, how late, and what could not be used."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from fairlead.apps.sources.states import source_lines
from fairlead.ledger.inbox import Delivery
from fairlead.web.console import render


def overview(request: HttpRequest) -> HttpResponse:
    """The sources, silent ones first, and how many deliveries wait."""
    found = source_lines()
    return render(
        request,
        "sources.html",
        title="Sources",
        found=found,
        waiting=Delivery.objects.filter(state="received").count(),
    )
