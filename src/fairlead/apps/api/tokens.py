"""One's own API tokens: listed, made once, revoked."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Schema

from fairlead.apps.api.asking import Paging
from fairlead.apps.api.idempotency import SECRET_HEADER
from fairlead.apps.api.operations import created, operation
from fairlead.apps.api.problem import ApiProblemError, nothing_here
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.ledger.audit import record
from fairlead.ledger.people import Person
from fairlead.ledger.permissions import allowed_of
from fairlead.ledger.tokens import LONGEST_DAYS, ApiToken, create_token
from fairlead.web.api_shapes import TokenAnswer
from fairlead.web.paging import Page, page_of_query
from fairlead.web.requests import actor_of, request_id

TOKEN = {
    "token_id": 3, "label": "nightly report", "hint": "fl_k3Xp9", "scopes": ["scorecard:read"],
    "created_at": "2026-11-01T08:00:00Z", "expires_at": "2027-01-30T08:00:00Z",
    "last_used_at": None, "revoked_at": None, "value": None,
}  # fmt: skip


class TokenWish(Schema):
    """A token to be made."""

    label: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
    scopes: list[str] = Field(min_length=1, max_length=50, description="Permissions of your own.")
    days: int = Field(90, ge=1, le=LONGEST_DAYS, description="How long it lives.")


@operation(
    "GET", "/tokens", "token:own", answers=Page[TokenAnswer], tag="tokens",
    example={"items": [TOKEN], "next": None, "total": None},
)  # fmt: skip
def token_list(request: HttpRequest, asked: Query[Paging]) -> Page[TokenAnswer]:
    """Your own tokens, newest first, without their values."""
    actor = actor_of(request)
    query = ApiToken.objects.filter(person_id=actor.actor_id)
    return page_of_query(query, {"tokens": actor.actor_id}, asked.cursor, asked.limit, _token)


@operation(
    "POST", "/tokens", "token:own", answers=TokenAnswer, tag="tokens", status=201, is_secret=True,
    example={**TOKEN, "value": "fl_k3Xp9…"},
)  # fmt: skip
def token_create(request: HttpRequest, wish: TokenWish) -> HttpResponse:
    """Make a token with some of your own permissions; its value is in this answer alone."""
    actor = actor_of(request)
    beyond = sorted(set(wish.scopes) - allowed_of(actor))
    if beyond:
        detail = f"You have not got `{beyond[0]}` yourself, so a token of yours cannot."
        raise ApiProblemError(422, "A token cannot do more than its owner", detail, "FL7029")
    with transaction.atomic():
        person = Person.objects.get(pk=actor.actor_id)
        token, value = create_token(
            person=person, label=wish.label, scopes=wish.scopes, days=wish.days,
            now=SYSTEM_CLOCK.now(),
        )  # fmt: skip
        record(
            actor=actor,
            action="token_created",
            object_type="token",
            object_id=str(token.pk),
            after={"label": token.label, "scopes": token.scopes},
            request_id=request_id(request),
        )
    answer = created(_token(token, value))
    answer.headers[SECRET_HEADER] = "shown-once"
    return answer


@operation("DELETE", "/tokens/{token_id}", "token:own", answers=None, tag="tokens", status=204,
           example={})  # fmt: skip
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one of your own tokens, now and for good."""
    actor = actor_of(request)
    now = SYSTEM_CLOCK.now()
    if not 0 < token_id < 2**63:
        raise nothing_here("token of yours", token_id)
    with transaction.atomic():
        live = ApiToken.objects.filter(
            pk=token_id, person_id=actor.actor_id, revoked_at__isnull=True
        )
        if not live.update(revoked_at=now):
            raise nothing_here("live token of yours", token_id)
        record(
            actor=actor,
            action="token_revoked",
            object_type="token",
            object_id=str(token_id),
            request_id=request_id(request),
        )
    return HttpResponse(status=204)


def _token(found: ApiToken, value: str | None = None) -> TokenAnswer:
    return TokenAnswer(
        found.pk, found.label, found.hint, found.scopes, found.created_at, found.expires_at,
        found.last_used_at, found.revoked_at, value,
    )  # fmt: skip
