"""Which worker has which delivery: taken in one update, given back by settling, or lost by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from fairlead.ledger.inbox import Delivery

LEASE = timedelta(minutes=2)
ATTEMPTS = 3
# Short transactions, so that what comes in meanwhile does not wait.
SETTLED_AT_ONCE = 25


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery: its state, and in words and counts what it gave."""

    state: str
    content: Mapping[str, Any] = field(default_factory=dict)


def _is_free(now: datetime) -> Q:
    return Q(state="received") & (Q(leased_until__isnull=True) | Q(leased_until__lte=now))


def take_batch(
    *, owner: str, limit: int, now: datetime, lease: timedelta = LEASE
) -> list[Delivery]:
    """Deliveries that are this worker's until the lease ends, oldest first.

    One that was tried before comes alone, so that whatever stopped its worker stops no others with
    it, and comes first, so that a busy inbox never keeps it waiting; its tries are few.
    """
    waiting = Delivery.objects.filter(_is_free(now)).order_by("pk").values_list("pk", flat=True)
    ids = list(waiting.filter(attempt_count__gt=0)[:1]) or list(waiting[:limit])
    if not ids:
        return []
    Delivery.objects.filter(_is_free(now), pk__in=ids).update(
        lease_owner=owner, leased_until=now + lease, attempt_count=F("attempt_count") + 1
    )
    mine = Delivery.objects.filter(pk__in=ids, lease_owner=owner, leased_until=now + lease)
    return list(mine.filter(state="received").order_by("pk"))


def settle(*, outcomes: Mapping[int, Outcome], now: datetime) -> None:
    """Write what became of each; its facts are in the lake, or it is in quarantine, already."""
    keys = sorted(outcomes)
    for start in range(0, len(keys), SETTLED_AT_ONCE):
        with transaction.atomic():
            for key in keys[start : start + SETTLED_AT_ONCE]:
                found = outcomes[key]
                Delivery.objects.filter(pk=key, state="received").update(
                    state=found.state,
                    outcome=dict(found.content),
                    settled_at=now,
                    leased_until=None,
                    lease_owner="",
                )


def give_back(*, keys: Sequence[int]) -> None:
    """Let others take them at once, as if they had not been tried: the fault was not theirs."""
    Delivery.objects.filter(pk__in=keys, state="received").update(
        leased_until=None, lease_owner="", attempt_count=F("attempt_count") - 1
    )


def forget_settled(*, now: datetime) -> int:
    """Delete deliveries that were settled long ago: mapped 7 days, quarantined 30 days."""
    mapped = Q(state="mapped", settled_at__lt=now - timedelta(days=7))
    held = Q(state="quarantined", settled_at__lt=now - timedelta(days=30))
    return Delivery.objects.filter(mapped | held).delete()[0]
