"""API tokens: 256 random bits, shown once, stored as a digest, scoped, at most a year old."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import models

from fairlead.kernel.diagnostic import fail
from fairlead.kernel.ids import random_token
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import PERMISSIONS

PREFIX = "fl_"
LONGEST_DAYS = 365


class ApiToken(models.Model):
    """One token of one person; the value itself is nowhere."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "api_token"

    def __str__(self) -> str:
        return f"{self.label} ({self.hint}…)"

    def is_live(self, now: datetime) -> bool:
        """Whether it can be used at an instant."""
        return self.revoked_at is None and now < self.expires_at and self.person.is_active


def digest_of(value: str) -> str:
    """What is stored of a token: enough to know it again, not enough to use it."""
    return hashlib.sha256(value.encode()).hexdigest()


def create_token(
    *, person: Person, label: str, scopes: list[str], days: int, now: datetime
) -> tuple[ApiToken, str]:
    """A token and its value, which is shown now and never again; FL7003 for a wrong wish."""
    unknown = sorted(set(scopes) - PERMISSIONS)
    if unknown:
        raise fail(
            "FL7003",
            f"`{unknown[0]}` is no permission",
            notes=[f"allowed: {', '.join(sorted(PERMISSIONS))}"],
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise fail("FL7003", f"a token lives 1 to {LONGEST_DAYS} days, not {days}")
    value = PREFIX + random_token()
    token = ApiToken.objects.create(
        person=person,
        label=label,
        digest=digest_of(value),
        hint=value[:8],
        scopes=sorted(scopes),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return token, value


def token_of(value: str, now: datetime) -> ApiToken | None:
    """The live token of a value; None for any other."""
    found = ApiToken.objects.filter(digest=digest_of(value)).select_related("person").first()
    return found if found is not None and found.is_live(now) else None
