"""The inbox: payloads as they were received, kept until their facts are safe in the lake."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

STATES = ("received", "mapped", "quarantined")


class Delivery(models.Model):
    """One delivery of one source, verified and stored raw before anything looked inside.

    `delivery_ref` is the sender's id of the delivery, or the body's SHA-256 where it sends none; a
    repeat has no effect. `leased_until` and `lease_owner` say which worker has it now; a lease that
    ran out is free again. `attempt_count` counts tries, so that a poisoned one cannot be tried for
    ever.
    """

    source_id = models.CharField(max_length=100)
    connector_id = models.CharField(max_length=50)
    delivery_ref = models.CharField(max_length=200)
    event = models.CharField(max_length=200, blank=True, default="")
    scheme = models.CharField(max_length=40)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, default="received", choices=[(s, s) for s in STATES])
    attempt_count = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=64, blank=True, default="")
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(default=dict)

    class Meta:
        db_table = "delivery"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["source_id", "delivery_ref"], name="delivery_once")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["state", "leased_until"], name="delivery_due"),
            models.Index(fields=["source_id", "received_at"], name="delivery_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}/{self.delivery_ref}"


class RefusedDelivery(models.Model):
    """How many deliveries of a source were refused on a day, and why; their bodies are nowhere.

    A source that is not declared counts under the empty id, so that nobody can fill the table with
    names of their own.
    """

    source_id = models.CharField(max_length=100, blank=True, default="")
    refused_on = models.DateField()
    reason = models.CharField(max_length=40)
    number = models.IntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        db_table = "refused_delivery"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["source_id", "refused_on", "reason"], name="refused_delivery_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.source_id or 'no source'}: {self.reason}"


class RefusalNote(models.Model):
    """When the audit log was last told of refused deliveries of a source: once a minute at most."""

    source_id = models.CharField(primary_key=True, max_length=100)
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "refusal_note"

    def __str__(self) -> str:
        return f"{self.source_id} at {self.noted_at:%H:%M}"
