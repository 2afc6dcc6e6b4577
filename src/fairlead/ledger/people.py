"""People who may log in, and the roles that they hold, by scope and until when.

Names and addresses stay here; every other table and the audit log speak of a person by id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.ids import uuid7
from fairlead.ledger.permissions import ROLES, SCOPES


def make_person_id() -> str:
    """A time-ordered id."""
    return uuid7(SYSTEM_CLOCK.now())


class People(BaseUserManager["Person"]):
    """How people come to be."""

    def create_person(self, email: str, name: str, password: str | None = None) -> Person:
        """A person with a password, or one who can only come in by single sign-on."""
        person = self.model(email=self.normalize_email(email).lower(), name=name)
        person.set_password(password)
        person.save()
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        """The person of an address, whatever its case."""
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """One person; `external_id` is the id at the identity provider (SCIM `externalId`)."""

    person_id = models.CharField(primary_key=True, max_length=36, default=make_person_id)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=200, null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    totp_secret = models.CharField(max_length=64, blank=True, default="")
    totp_last_step = models.BigIntegerField(default=0)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = People()

    class Meta:
        db_table = "person"

    def __str__(self) -> str:
        return self.name

    def grants_at(self, now: datetime) -> list[RoleGrant]:
        """The grants in force at an instant."""
        live = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
        return list(self.grants.filter(live).order_by("role", "scope_kind", "scope_id"))


class RoleGrant(models.Model):
    """One role of one person in one scope; the organisation has an empty scope id."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=30, choices=[(role, role) for role in ROLES])
    scope_kind = models.CharField(max_length=20, choices=[(s, s) for s in SCOPES])
    scope_id = models.CharField(max_length=200, blank=True, default="")
    granted_by_id = models.CharField(max_length=36, blank=True, default="")
    granted_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    origin = models.CharField(max_length=20, default="local")

    class Meta:
        db_table = "role_grant"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["person", "role", "scope_kind", "scope_id", "origin"],
                name="role_grant_once",
            )
        ]

    def __str__(self) -> str:
        where = f" of {self.scope_id}" if self.scope_id else ""
        return f"{self.role}{where}"


def account_ref(email: str) -> str:
    """How the log speaks of an account: by the person's id; of an unknown one by a keyed digest.

    An address is personal and the log keeps what it is given, so no address enters it.
    """
    address = email.strip().lower()
    known = Person.objects.filter(email=address).values_list("person_id", flat=True).first()
    return known or f"unknown:{salted_hmac('account', address).hexdigest()[:24]}"
