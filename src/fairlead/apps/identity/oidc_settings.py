"""Settings of single sign-on, all from the environment; none of them means local accounts alone.

FAIRLEAD_OIDC_ISSUER         address of the identity provider, https, exactly as it names itself
FAIRLEAD_OIDC_CLIENT_ID      the id under which the provider knows this console
FAIRLEAD_OIDC_CLIENT_SECRET  reference of its secret (env:, file:, keyring:); none: a public client
FAIRLEAD_OIDC_NAME           what the button says; default: single sign-on
FAIRLEAD_OIDC_GROUPS_CLAIM   the claim that lists groups; default: groups
FAIRLEAD_OIDC_ROLES          group=role with commas; group=role@team:payments for a scope
FAIRLEAD_OIDC_SCOPES         what is asked for; default: openid email profile groups
FAIRLEAD_URL                 address of this console as people open it; default: that of the request

The address to allow at the provider is FAIRLEAD_URL/login/sso/callback.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from fairlead.ingest.secrets import resolve_secret
from fairlead.kernel.diagnostic import fail
from fairlead.ledger.permissions import ROLES, SCOPES, Grant

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class OidcSettings:
    """One identity provider and what its groups mean here."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    groups_claim: str
    roles: tuple[tuple[str, Grant], ...]
    scopes: str
    console_url: str

    def grants_of(self, groups: list[str]) -> set[Grant]:
        """The grants that membership in groups gives."""
        return {grant for group, grant in self.roles if group in groups}


def oidc_settings(environ: Mapping[str, str] | None = None) -> OidcSettings | None:
    """The settings; None where no issuer is named; FL7038 for what cannot be used."""
    found = os.environ if environ is None else environ
    issuer = found.get("FAIRLEAD_OIDC_ISSUER", "")
    if not issuer:
        return None
    check_address(issuer)
    secret = found.get("FAIRLEAD_OIDC_CLIENT_SECRET", "")
    return OidcSettings(
        issuer=issuer,
        client_id=found.get("FAIRLEAD_OIDC_CLIENT_ID", ""),
        client_secret=resolve_secret(secret) if secret else "",
        name=found.get("FAIRLEAD_OIDC_NAME", "single sign-on"),
        groups_claim=found.get("FAIRLEAD_OIDC_GROUPS_CLAIM", "groups"),
        roles=_roles(found.get("FAIRLEAD_OIDC_ROLES", "")),
        scopes=found.get("FAIRLEAD_OIDC_SCOPES", "openid email profile groups"),
        console_url=found.get("FAIRLEAD_URL", "").rstrip("/"),
    )


def check_address(address: str) -> None:
    """FL7038 for an address that is not https; plain http is for this machine alone."""
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or parts.username:
        raise fail("FL7038", f"the identity provider cannot be used: `{address}` is not https")


def _roles(text: str) -> tuple[tuple[str, Grant], ...]:
    found = []
    for part in (item.strip() for item in text.split(",") if item.strip()):
        group, _, wanted = part.rpartition("=")
        role, _, scope = wanted.partition("@")
        kind, _, scope_id = scope.partition(":")
        kind = kind or "organisation"
        if not group or role not in ROLES or kind not in SCOPES:
            raise fail(
                "FL7038",
                f"the identity provider cannot be used: `{part}` is no group=role",
                notes=[f"roles: {', '.join(ROLES)}", f"scopes: {', '.join(SCOPES)}"],
            )
        found.append((group, Grant(role, kind, scope_id)))
    return tuple(found)
