"""A write sent twice has one effect: the answer to its Idempotency-Key is kept for a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from fairlead.apps.api.models import KeptAnswer
from fairlead.apps.api.problem import ApiProblemError
from fairlead.kernel.clock import SYSTEM_CLOCK

KEPT_FOR = timedelta(days=1)
ABANDONED_AFTER = timedelta(minutes=5)
LONGEST_KEY = 200
SECRET_HEADER = "Fairlead-Secret"


def answer_once(
    request: HttpRequest, actor_id: str, work: Callable[[], HttpResponse]
) -> HttpResponse:
    """Do the work for a fresh key; give the earlier answer for one that was used."""
    key = request.headers["Idempotency-Key"]
    if len(key) > LONGEST_KEY or not key.isprintable():
        detail = f"An Idempotency-Key has at most {LONGEST_KEY} printable characters."
        raise ApiProblemError(400, "The key cannot be read", detail, "FL7033")
    content = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    digest = hashlib.sha256(content).hexdigest()
    now = SYSTEM_CLOCK.now()
    KeptAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    KeptAnswer.objects.filter(status=0, created_at__lt=now - ABANDONED_AFTER).delete()
    try:
        with transaction.atomic():
            kept = KeptAnswer.objects.create(
                actor_id=actor_id, key=key, request_sha256=digest, created_at=now
            )
    except IntegrityError:
        return _earlier(KeptAnswer.objects.filter(actor_id=actor_id, key=key).first(), digest)
    try:
        answer = work()
    except BaseException:
        kept.delete()
        raise
    if answer.status_code >= 500 or answer.status_code in (401, 403, 429):
        kept.delete()
        return answer
    kept.is_secret = SECRET_HEADER in answer.headers
    kept.status = answer.status_code
    kept.content_type = answer.headers.get("Content-Type", "")
    kept.body = b"" if kept.is_secret else answer.content
    kept.save()
    return answer


def _earlier(kept: KeptAnswer | None, digest: str) -> HttpResponse:
    if kept is None or (kept.request_sha256 == digest and kept.status == 0):
        raise ApiProblemError(
            409,
            "The first request is not done yet",
            "A request with this Idempotency-Key is being worked out: ask again in a moment.",
            "FL7036",
            {"Retry-After": "1"},
        )
    if kept.request_sha256 != digest:
        raise ApiProblemError(
            422,
            "The key belongs to another request",
            "This Idempotency-Key was used with another address or body in the last 24 hours.",
            "FL7033",
        )
    if kept.is_secret:
        raise ApiProblemError(
            409,
            "It was made already",
            "The first answer held a secret that is shown once and not kept.",
            "FL7036",
        )
    answer = HttpResponse(bytes(kept.body), status=kept.status, content_type=kept.content_type)
    answer.headers["Idempotency-Replayed"] = "true"
    return answer
