"""Checks an ID token of OpenID Connect: signature, algorithm, issuer, audience, times, nonce.

Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725. Only asymmetric algorithms are allowed:
never `none`, and never HMAC, which a public key could be used to forge.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import jwt

from fairlead.kernel.diagnostic import DiagnosticError, fail

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LEEWAY_SECONDS = 60
# Times and names are checked below, by our clock and with our words.
_SIGNATURE_ALONE: Any = {
    f"verify_{name}": False for name in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")
}
FindKey = Callable[[str | None, str], Any]


def refused(reason: str) -> DiagnosticError:
    """FL7037 with its reason."""
    return fail("FL7037", f"single sign-on was refused: {reason}", help="begin again at `/login`")


def verify_id_token(
    token: str, find_key: FindKey, *, issuer: str, client_id: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """The claims of a token that proves what it must; FL7037 for any other.

    `find_key` gives the provider's key of a key id for an algorithm, or None.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise refused("the token cannot be read") from None
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise refused(f"the algorithm `{algorithm}` is not allowed")
    if "crit" in header:
        raise refused("the token asks for what is not known here")
    key = find_key(header.get("kid"), algorithm)
    if key is None:
        raise refused("the token is signed with a key that the provider does not have")
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[algorithm], options=_SIGNATURE_ALONE
        )
    except (jwt.PyJWTError, TypeError, ValueError):
        raise refused("the signature does not fit") from None
    _check_claims(claims, issuer, client_id, nonce, int(now.timestamp()))
    return claims


def _check_claims(
    claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: int
) -> None:
    if claims.get("iss") != issuer:
        raise refused("the token is of another issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise refused("the token is for another audience")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        raise refused("the token was made for another client")
    expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
    if expires is None or now >= expires + LEEWAY_SECONDS:
        raise refused("the token has expired")
    if issued is None or issued > now + LEEWAY_SECONDS:
        raise refused("the token is of the future")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise refused("the token belongs to another log-in")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise refused("the token names nobody")


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) and value is not True else None
