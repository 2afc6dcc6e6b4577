"""What each connector's webhook looks like: schemes, headers of event and delivery, size.

A source chooses with the settings `webhook_scheme`, `webhook_header`, `webhook_prefix` and
`webhook_encoding`, and names its secrets `webhook_secret` and, while one is being replaced,
`webhook_secret_previous`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fairlead.ingest.signatures import FREE_SCHEMES, SCHEMES, Message, Options, Scheme, Why
from fairlead.kernel.diagnostic import fail

MEBIBYTE = 1024 * 1024
SECRETS = ("webhook_secret", "webhook_secret_previous")
SETTINGS = {
    "webhook_scheme": f"How deliveries are signed: {', '.join(sorted(SCHEMES))}.",
    "webhook_header": "Header of the signature or token, for `hmac`, `bearer` and `token`.",
    "webhook_prefix": "What stands before the signature in its header (`sha256=`, `Bearer `).",
    "webhook_encoding": "`hex` (default) or `base64`, for the scheme `hmac`.",
}


@dataclass(frozen=True)
class Inbound:
    """One connector's way in: the first scheme counts unless the source names another."""

    schemes: tuple[str, ...]
    event_header: str = ""
    delivery_header: str = ""
    limit_bytes: int = 10 * MEBIBYTE


_GENERIC = ("hmac", "standard_webhooks", "bearer", "token")
INBOUND: dict[str, Inbound] = {
    "github": Inbound(("github",), "x-github-event", "x-github-delivery"),
    "gitlab": Inbound(
        ("gitlab_token", "standard_webhooks"), "x-gitlab-event", "x-gitlab-event-uuid"
    ),
    "pagerduty": Inbound(("pagerduty",), "", "x-webhook-id", MEBIBYTE),
    "opsgenie": Inbound(("bearer", "token"), limit_bytes=MEBIBYTE),
    "alertmanager": Inbound(("bearer", "token"), limit_bytes=MEBIBYTE),
    "jira": Inbound(("jira",), "", "x-atlassian-webhook-identifier"),
    "circleci": Inbound(("circleci",), "circleci-event-type"),
    "buildkite": Inbound(("buildkite", "buildkite_token"), "x-buildkite-event"),
    "argocd": Inbound(("token", "bearer", "hmac")),
    "jenkins": Inbound(_GENERIC),
    "cdevents": Inbound(("standard_webhooks", "hmac", "bearer", "token"), "ce-type", "ce-id"),
    "mapping": Inbound(_GENERIC),
}


def scheme_of(connector_id: str, settings: Mapping[str, Any]) -> Scheme:
    """The scheme of a source; FL3203 for one that its connector or its settings do not allow."""
    inbound = INBOUND.get(connector_id)
    if inbound is None:
        raise fail("FL3203", f"the connector `{connector_id}` receives no webhooks")
    name = str(settings.get("webhook_scheme") or inbound.schemes[0])
    if name not in inbound.schemes:
        raise fail(
            "FL3203",
            f"`webhook_scheme: {name}` is not for `{connector_id}`",
            notes=[f"allowed: {', '.join(inbound.schemes)}"],
        )
    scheme = SCHEMES[name]
    if name not in FREE_SCHEMES:
        return scheme
    encoding = settings.get("webhook_encoding", "hex")
    if encoding not in ("hex", "base64"):
        raise fail(
            "FL3203",
            f"`webhook_encoding: {encoding}` is unknown",
            notes=["allowed: hex, base64"],
        )
    header = str(settings.get("webhook_header") or scheme.options.header).lower()
    is_own = "webhook_header" in settings
    prefix = settings.get("webhook_prefix", "" if is_own else scheme.options.prefix)
    return replace(scheme, options=Options(header, str(prefix), encoding))


def check_message(scheme: Scheme, message: Message, secrets: tuple[str, ...]) -> Why | None:
    """None for a message that one of the secrets signed, else why it is refused.

    An empty secret signs nothing: anybody could use it.
    """
    live = [secret for secret in secrets if secret]
    return scheme.check(message, live, scheme.options)


def kept_headers(connector_id: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that mapping may need: never one that carries a secret or a signature."""
    inbound = INBOUND[connector_id]
    names = {"content-type", inbound.event_header, inbound.delivery_header} - {""}
    return {
        name: headers[name][:400]
        for name in sorted(headers)
        if name in names or name.startswith("ce-")
    }
