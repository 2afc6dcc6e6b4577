"""Answers to writes, kept for a day, so that a repeated request has no second effect."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class KeptAnswer(models.Model):
    """The answer to one Idempotency-Key of one actor; `status` is 0 until it is worked out."""

    actor_id = models.CharField(max_length=36)
    key = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64)
    status = models.IntegerField(default=0)
    content_type = models.CharField(max_length=100, blank=True, default="")
    body = models.BinaryField(default=b"")
    is_secret = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "api_kept_answer"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["actor_id", "key"], name="api_kept_answer_once")
        ]

    def __str__(self) -> str:
        return f"{self.actor_id}/{self.key}"
