"""Which entries an address asks for: by actor, action, object and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from fairlead.kernel.window import load_zone
from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.people import Person
from fairlead.web.desk import desk

FILTERS = ("actor", "action", "object", "day")
PEOPLE = ("person", "account")  # objects whose id is that of a person


@dataclass(frozen=True)
class Selection:
    """The filters of an address; `trouble` says which of them cannot be read."""

    actor: str = ""
    action: str = ""
    object: str = ""
    day: str = ""
    trouble: str = ""

    @property
    def query(self) -> str:
        """The filters as the query of an address."""
        given = {name: getattr(self, name) for name in FILTERS}
        return urlencode({name: value for name, value in given.items() if value})


def selection_of(request: HttpRequest) -> Selection:
    """The filters of a request."""
    given = {name: request.GET.get(name, "").strip() for name in FILTERS}
    trouble = ""
    if given["day"] and _day(given["day"]) is None:
        trouble = f"“{given['day']}” is no day: a day looks like 2027-03-31."
    return Selection(**given, trouble=trouble)


def entries_of(selection: Selection) -> QuerySet[AuditEntry]:
    """The entries of a selection, newest first; none where a filter cannot be read."""
    found = AuditEntry.objects.order_by("-seq")
    if selection.trouble:
        return found.none()
    if selection.actor:
        found = found.filter(actor_id__in=_actors(selection.actor))
    if selection.action:
        found = found.filter(action=selection.action)
    if selection.object:
        kind, _, which = selection.object.partition(":")
        found = found.filter(object_type=kind)
        if which:
            found = found.filter(object_id=which)
    day = _day(selection.day)
    if day is not None:
        found = found.filter(at__gte=day[0], at__lt=day[1])
    return found


def _actors(asked: str) -> list[str]:
    """Ids of the people that a text names: an id, or a part of name or address."""
    people = Person.objects.filter(Q(name__icontains=asked) | Q(email__icontains=asked))
    return [asked, *people.values_list("person_id", flat=True)[:100]]


def _day(text: str) -> tuple[datetime, datetime] | None:
    """The day in the workspace's zone, as instants from and to."""
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        return None
    zone = load_zone(desk().workspace.model.workspace.time_zone)
    first = datetime.combine(day, datetime.min.time(), zone)
    after = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
    return first.astimezone(UTC), after.astimezone(UTC)


def names_of(entries: list[AuditEntry]) -> dict[str, str]:
    """Names of the people whom entries speak of, by id."""
    ids = {entry.actor_id for entry in entries}
    ids |= {entry.object_id for entry in entries if entry.object_type in PEOPLE}
    people = Person.objects.filter(pk__in=ids - {""})
    return dict(people.values_list("person_id", "name"))
