"""Who may do what: one table of roles, one function that decides, deny by default.

A permission is `noun:verb`. A role is granted in a scope: the organisation, a team, a service or an
audit. A grant on the organisation covers everything; a narrower one covers its own scope, and reads
of what is not restricted (facts.md section 7, security.md section 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SCOPES = ("organisation", "team", "service", "audit")

_READS = frozenset(
    {
        "scorecard:read",
        "kpi:read",
        "catalog:read",
        "source:read",
        "model:read",
        "definition:read",
        "review:read",
        "account:manage",
        "token:own",
    }
)
_WORK = _READS | {"model:propose", "quarantine:read"}
_LOG = frozenset({"activity:read", "activity:export", "audit:verify", "export:read"})

ROLES: dict[str, frozenset[str]] = {
    "viewer": _READS,
    "engineer": _WORK,
    "team_lead": _WORK | {"review:record", "export:read"},
    "responder": _WORK | {"review:record"},
    "release_manager": _WORK | {"review:record", "export:read"},
    "security": _WORK | _LOG,
    "compliance": _WORK | _LOG,
    "finance": _READS | {"export:read"},
    "auditor": _READS | _LOG,
    "director": _WORK | _LOG | {"review:record", "quarantine:replay", "person:read"},
    "executive": _READS | {"export:read"},
    "admin": _WORK
    | {
        "quarantine:replay",
        "source:configure",
        "person:read",
        "person:manage",
        "role:grant",
        "token:manage",
        "activity:read",
        "audit:verify",
    },
}
PERMISSIONS = frozenset().union(*ROLES.values())
SENSITIVE = frozenset(
    {"person:manage", "role:grant", "token:own", "token:manage", "source:configure"}
)


@dataclass(frozen=True)
class Grant:
    """A role in a scope."""

    role: str
    scope_kind: str = "organisation"
    scope_id: str = ""


@dataclass(frozen=True)
class Actor:
    """Who asks: a person or a token of one, with grants and how they proved who they are.

    `only` narrows what a token may do; None leaves all that its owner may.
    """

    actor_id: str
    name: str
    grants: tuple[Grant, ...] = ()
    auth_method: str = "session"
    only: frozenset[str] | None = None


NOBODY = Actor("", "nobody", (), "none")


def is_allowed(actor: Actor, permission: str, scope: tuple[str, str] | None = None) -> bool:
    """Whether an actor may do something, in a scope such as `("team", "payments")` where named.

    KeyError for a permission that no role knows, so that a misspelt one cannot pass unseen.
    """
    if permission not in PERMISSIONS:
        raise KeyError(permission)
    if actor.only is not None and permission not in actor.only:
        return False
    return any(
        permission in ROLES[grant.role] and _covers(grant, permission, scope)
        for grant in actor.grants
        if grant.role in ROLES
    )


def _covers(grant: Grant, permission: str, scope: tuple[str, str] | None) -> bool:
    if grant.scope_kind == "organisation" or permission in _READS:
        return True
    return scope == (grant.scope_kind, grant.scope_id)


def allowed_of(actor: Actor, permissions: Iterable[str] = PERMISSIONS) -> frozenset[str]:
    """Those of the permissions that an actor has organisation-wide."""
    return frozenset(name for name in permissions if is_allowed(actor, name))
