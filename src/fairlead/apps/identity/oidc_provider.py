"""The identity provider over HTTP: its description, its keys, and a code made into tokens.

Description and keys are kept in the process; keys are fetched again for an unknown key id, at most
once a minute, so that nobody can make us ask the provider at will.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import jwt

from fairlead.apps.identity.id_token import refused
from fairlead.apps.identity.oidc_settings import OidcSettings, check_address
from fairlead.kernel.diagnostic import DiagnosticError, fail

TIMEOUT_SECONDS = 10.0
LARGEST_ANSWER = 512 * 1024
KEPT_SECONDS, REFRESH_SECONDS = 3600.0, 60.0
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def unusable(reason: str) -> DiagnosticError:
    """FL7038 with its reason."""
    return fail("FL7038", f"the identity provider cannot be used: {reason}")


@dataclass
class Provider:
    """One issuer; every look at the clock is at a steady one."""

    issuer: str
    transport: httpx.BaseTransport | None = None
    _described: dict[str, Any] = field(default_factory=dict)
    _described_at: float = float("-inf")
    _keys: list[dict[str, Any]] = field(default_factory=list)
    _keys_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def description(self) -> dict[str, Any]:
        """What the provider says of itself; FL7038 when it names another issuer."""
        with self._lock:
            if time.monotonic() - self._described_at < KEPT_SECONDS:
                return self._described
            address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = self._json("GET", address)
            if found.get("issuer") != self.issuer:
                raise unusable(f"it calls itself `{found.get('issuer')}`")
            for name in ENDPOINTS:
                check_address(str(found.get(name, "")))
            self._described, self._described_at = found, time.monotonic()
            return found

    def key(self, key_id: str | None, algorithm: str) -> Any:
        """The key of an id for an algorithm; None where the provider has none."""
        address = str(self.description()["jwks_uri"])
        with self._lock:
            age = time.monotonic() - self._keys_at
            found = self._known(key_id, algorithm)
            if age > KEPT_SECONDS or (found is None and age > REFRESH_SECONDS):
                keys = self._json("GET", address).get("keys")
                self._keys = [key for key in keys or [] if isinstance(key, dict)]
                self._keys_at = time.monotonic()
                found = self._known(key_id, algorithm)
        return found

    def _known(self, key_id: str | None, algorithm: str) -> Any:
        fitting = [
            key
            for key in self._keys
            if key.get("use", "sig") == "sig"
            and key.get("kty") in ("RSA", "EC", "OKP")
            and key.get("alg", algorithm) == algorithm
            and (key_id is None or key.get("kid") == key_id)
        ]
        if len(fitting) != 1:
            return None
        try:
            return jwt.PyJWK(fitting[0], algorithm).key
        except jwt.PyJWTError:
            return None

    def redeem(
        self, settings: OidcSettings, code: str, verifier: str, redirect_uri: str
    ) -> dict[str, Any]:
        """The tokens of a code; FL7037 when the provider refuses it."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": settings.client_id,
        }
        address = str(self.description()["token_endpoint"])
        auth = None
        if settings.client_secret:
            auth = httpx.BasicAuth(settings.client_id, settings.client_secret)
            form.pop("client_id")
        found = self._json("POST", address, data=form, auth=auth)
        if not isinstance(found.get("id_token"), str):
            raise refused(f"the provider answered `{found.get('error', 'without a token')}`")
        return found

    def person_claims(self, access_token: str) -> dict[str, Any]:
        """What the provider tells of the person beyond the ID token; nothing where it has none."""
        address = self.description().get("userinfo_endpoint")
        if not isinstance(address, str):
            return {}
        check_address(address)
        return self._json("GET", address, headers={"Authorization": f"Bearer {access_token}"})

    def _json(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        """A JSON object of the provider; no redirect is followed, no large body is read."""
        client = httpx.Client(
            timeout=TIMEOUT_SECONDS, transport=self.transport, follow_redirects=False
        )
        try:
            with client, client.stream(method, address, **more) as answer:
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST_ANSWER:
                        raise unusable("its answer is too large")
                if answer.status_code >= 500 or answer.is_redirect:
                    raise unusable(f"it answered {answer.status_code}")
                found = httpx.Response(200, content=body).json()
        except httpx.HTTPError as error:
            raise unusable(f"it did not answer ({type(error).__name__})") from None
        except ValueError:
            raise unusable("its answer is no JSON") from None
        if not isinstance(found, dict):
            raise unusable("its answer is no JSON object")
        return found


@cache
def provider_of(issuer: str) -> Provider:
    """The provider of an issuer, with what is kept of it."""
    return Provider(issuer)
