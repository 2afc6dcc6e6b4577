"""Single sign-on: to the identity provider with code and PKCE, and back with a checked ID token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

from django.conf import settings as site
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from fairlead.apps.identity.entering import enter, next_of, safe_next
from fairlead.apps.identity.id_token import refused, verify_id_token
from fairlead.apps.identity.oidc_provider import provider_of
from fairlead.apps.identity.oidc_settings import OidcSettings, oidc_settings
from fairlead.apps.identity.services import note_login
from fairlead.apps.identity.sso_people import person_of_claims
from fairlead.apps.identity.views import asking_of
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.kernel.ids import random_token
from fairlead.web.problems import of_diagnostic

SESSION = "sso"
PATIENCE_SECONDS = 600


def _settings() -> OidcSettings:
    found = oidc_settings()
    if found is None:
        raise Http404
    return found


def sso(request: HttpRequest) -> HttpResponse:
    """Go to the identity provider; what must come back with the answer stays in the session."""
    settings = _settings()
    try:
        address = str(provider_of(settings.issuer).description()["authorization_endpoint"])
    except DiagnosticError as error:
        return of_diagnostic(request, error)
    begun = {
        "state": random_token(),
        "nonce": random_token(),
        "verifier": random_token(48),
        "next": next_of(request),
        "at": int(SYSTEM_CLOCK.now().timestamp()),
        "again": request.GET.get("again") == "1" and request.user.is_authenticated,
    }
    request.session[SESSION] = begun
    digest = hashlib.sha256(str(begun["verifier"]).encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": _redirect_uri(request, settings),
        "scope": settings.scopes,
        "state": begun["state"],
        "nonce": begun["nonce"],
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if begun["again"]:
        query |= {"prompt": "login", "max_age": "0"}
    mark = "&" if "?" in address else "?"
    return HttpResponseRedirect(f"{address}{mark}{urlencode(query)}")


def sso_callback(request: HttpRequest) -> HttpResponse:
    """Come back: the state fits, the code is redeemed, the token is checked; then as any log-in."""
    settings = _settings()
    begun = request.session.pop(SESSION, None)
    try:
        return _finish(request, settings, begun)
    except DiagnosticError as error:
        return of_diagnostic(request, error)


def _finish(request: HttpRequest, settings: OidcSettings, begun: Any) -> HttpResponse:
    now = SYSTEM_CLOCK.now()
    if not isinstance(begun, dict) or now.timestamp() - begun["at"] > PATIENCE_SECONDS:
        raise refused("no log-in was begun here, or too long ago")
    given = request.GET.get("state", "")
    if not hmac.compare_digest(given.encode(), str(begun["state"]).encode()):
        raise refused("the answer belongs to another log-in")
    if request.GET.get("iss", settings.issuer) != settings.issuer:
        raise refused("the answer is of another issuer")
    if "error" in request.GET or not request.GET.get("code"):
        raise refused(f"the provider answered `{request.GET.get('error', 'no code')[:60]}`")
    provider = provider_of(settings.issuer)
    tokens = provider.redeem(
        settings, request.GET["code"], begun["verifier"], _redirect_uri(request, settings)
    )
    claims = verify_id_token(
        tokens["id_token"], provider.key, issuer=settings.issuer, client_id=settings.client_id,
        nonce=begun["nonce"], now=now,
    )  # fmt: skip
    if settings.groups_claim not in claims or "email" not in claims:
        more = provider.person_claims(str(tokens.get("access_token", "")))
        if more and more.get("sub") != claims["sub"]:
            raise refused("the provider tells of another person")
        claims = {**more, **claims}
    _check_again(request, begun, claims, int(now.timestamp()))
    person = person_of_claims(claims=claims, settings=settings, asking=asking_of(request))
    if begun["again"] and person.pk != request.user.pk:
        raise refused("somebody else logged in")
    enter(request, person)
    note_login(person=person, auth_method="sso", asking=asking_of(request))
    return HttpResponseRedirect(safe_next(begun["next"]))


def _check_again(
    request: HttpRequest, begun: dict[str, Any], claims: dict[str, Any], now: int
) -> None:
    """A second proof is one that was given now, not a session that the provider remembers."""
    if not begun["again"]:
        return
    proved = claims.get("auth_time")
    if not request.user.is_authenticated:
        raise refused("the session ended meanwhile")
    if not isinstance(proved, int) or now - proved > site.RECENT_SECONDS:
        raise refused("the proof is too old")


def _redirect_uri(request: HttpRequest, settings: OidcSettings) -> str:
    path = "/login/sso/callback"
    return settings.console_url + path if settings.console_url else request.build_absolute_uri(path)
