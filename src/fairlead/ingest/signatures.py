"""Checks who sent a message: one pure function per signature scheme, over the raw bytes.

Every comparison takes constant time, every scheme tries each live secret (two while one is being
replaced), and a scheme that signs an instant refuses messages older or newer than 300 s.
Source: security.md section 6, whose known answers the tests hold.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

TOLERANCE_SECONDS = 300
Why = Literal["missing", "malformed", "wrong", "stale"]
Encoding = Literal["hex", "base64"]


@dataclass(frozen=True)
class Message:
    """What arrived: headers with lower-case names, the body as bytes, and the present second."""

    headers: Mapping[str, str]
    body: bytes
    now: int

    def header(self, name: str) -> str:
        """A header, or empty text."""
        return self.headers.get(name.lower(), "").strip()


@dataclass(frozen=True)
class Options:
    """What a source may choose for the generic schemes: header, prefix and encoding."""

    header: str = ""
    prefix: str = ""
    encoding: Encoding = "hex"


Check = Callable[[Message, Sequence[str], Options], Why | None]
Sign = Callable[[bytes, str, int, str, Options], dict[str, str]]


@dataclass(frozen=True)
class Scheme:
    """One way to sign: what it checks, how a sender signs, and whether the body is bound."""

    id: str
    name: str
    check: Check
    sign: Sign
    is_weak: bool = False
    options: Options = field(default_factory=Options)

    @property
    def label(self) -> str:
        """Its name, with a remark where anybody who saw the token once can send anything."""
        return f"{self.name} (weak: not bound to body)" if self.is_weak else self.name


def hex_hmac(secret: str, content: bytes) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def base64_hmac(key: bytes, content: bytes) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _any_same(given: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether any pair is equal; all pairs are compared, so that time tells nothing."""
    pairs = [_same(one, other) for one in given for other in expected]
    return any(pairs)


def _is_stale(text: str, now: int) -> bool:
    return abs(now - int(text)) > TOLERANCE_SECONDS


def _is_second(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def standard_key(secret: str) -> bytes | None:
    """The key behind `whsec_<base64>`; None when it is no base64."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (ValueError, binascii.Error):
        return None


def check_hmac(message: Message, secrets: Sequence[str], options: Options) -> Why | None:
    """HMAC of the body in a header, in hex or base64, after an optional prefix."""
    given = message.header(options.header)
    if not given:
        return "missing"
    if not given.startswith(options.prefix):
        return "malformed"
    given = given.removeprefix(options.prefix)
    if options.encoding == "base64":
        expected = [base64_hmac(secret.encode(), message.body) for secret in secrets]
    else:
        given = given.lower()
        expected = [hex_hmac(secret, message.body) for secret in secrets]
    return None if _any_same([given], expected) else "wrong"


def sign_hmac(body: bytes, secret: str, _now: int, _id: str, options: Options) -> dict[str, str]:
    """The header that `check_hmac` accepts."""
    if options.encoding == "base64":
        return {options.header: options.prefix + base64_hmac(secret.encode(), body)}
    return {options.header: options.prefix + hex_hmac(secret, body)}


def check_listed_hmac(message: Message, secrets: Sequence[str], options: Options) -> Why | None:
    """A comma list of `v1=` signatures of the body; any match passes."""
    given = message.header(options.header)
    if not given:
        return "missing"
    parts = [part.strip() for part in given.split(",")][:16]
    found = [part.removeprefix("v1=").lower() for part in parts if part.startswith("v1=")]
    if not found:
        return "malformed"
    expected = [hex_hmac(secret, message.body) for secret in secrets]
    return None if _any_same(found, expected) else "wrong"


def check_slack(message: Message, secrets: Sequence[str], _: Options) -> Why | None:
    """`v0=` over `v0:{timestamp}:{body}`, at most 300 s old."""
    given, at = message.header("x-slack-signature"), message.header("x-slack-request-timestamp")
    if not given or not at:
        return "missing"
    if not given.startswith("v0=") or not _is_second(at):
        return "malformed"
    content = b"v0:" + at.encode() + b":" + message.body
    expected = ["v0=" + hex_hmac(secret, content) for secret in secrets]
    if not _any_same([given], expected):
        return "wrong"
    return "stale" if _is_stale(at, message.now) else None


def sign_slack(body: bytes, secret: str, now: int, _id: str, _: Options) -> dict[str, str]:
    """The headers that `check_slack` accepts."""
    content = f"v0:{now}:".encode() + body
    return {
        "x-slack-request-timestamp": str(now),
        "x-slack-signature": "v0=" + hex_hmac(secret, content),
    }


def check_standard(message: Message, secrets: Sequence[str], _: Options) -> Why | None:
    """Standard Webhooks: a space list of `v1,` base64 over `{id}.{timestamp}.{body}`."""
    given, at = message.header("webhook-signature"), message.header("webhook-timestamp")
    message_id = message.header("webhook-id")
    if not given or not at or not message_id:
        return "missing"
    parts = given.split()[:16]
    found = [part.removeprefix("v1,") for part in parts if part.startswith("v1,")]
    if not found or not _is_second(at):
        return "malformed"
    content = f"{message_id}.{at}.".encode() + message.body
    keys = [standard_key(secret) for secret in secrets]
    expected = [base64_hmac(key, content) for key in keys if key]
    if not _any_same(found, expected):
        return "wrong"
    return "stale" if _is_stale(at, message.now) else None


def sign_standard(
    body: bytes, secret: str, now: int, message_id: str, _: Options
) -> dict[str, str]:
    """The headers that `check_standard` accepts."""
    content = f"{message_id}.{now}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": "v1," + base64_hmac(standard_key(secret) or b"", content),
    }


def check_buildkite(message: Message, secrets: Sequence[str], _: Options) -> Why | None:
    """`timestamp=…,signature=` hex over `{timestamp}.{body}`, at most 300 s old."""
    given = message.header("x-buildkite-signature")
    if not given:
        return "missing"
    parts = dict(part.strip().split("=", 1) for part in given.split(",") if "=" in part)
    at, signature = parts.get("timestamp", ""), parts.get("signature", "")
    if not signature or not _is_second(at):
        return "malformed"
    content = at.encode() + b"." + message.body
    if not _any_same([signature.lower()], [hex_hmac(secret, content) for secret in secrets]):
        return "wrong"
    return "stale" if _is_stale(at, message.now) else None


def sign_buildkite(body: bytes, secret: str, now: int, _id: str, _: Options) -> dict[str, str]:
    """The header that `check_buildkite` accepts."""
    signature = hex_hmac(secret, f"{now}.".encode() + body)
    return {"x-buildkite-signature": f"timestamp={now},signature={signature}"}


def check_static(message: Message, secrets: Sequence[str], options: Options) -> Why | None:
    """The secret itself in a header: it says who sent, not what."""
    given = message.header(options.header)
    if not given:
        return "missing"
    if not given.startswith(options.prefix):
        return "malformed"
    return None if _any_same([given.removeprefix(options.prefix)], secrets) else "wrong"


def sign_static(_body: bytes, secret: str, _now: int, _id: str, options: Options) -> dict[str, str]:
    """The header that `check_static` accepts."""
    return {options.header: options.prefix + secret}


def _hmac(id_: str, name: str, header: str, prefix: str = "") -> Scheme:
    return Scheme(id_, name, check_hmac, sign_hmac, options=Options(header, prefix))


def _static(id_: str, name: str, header: str, prefix: str = "") -> Scheme:
    return Scheme(id_, name, check_static, sign_static, True, Options(header, prefix))


SCHEMES: dict[str, Scheme] = {
    scheme.id: scheme
    for scheme in (
        _hmac("github", "HMAC-SHA256 of GitHub", "x-hub-signature-256", "sha256="),
        _static("gitlab_token", "secret token of GitLab", "x-gitlab-token"),
        Scheme(
            "pagerduty",
            "HMAC-SHA256 of PagerDuty v3",
            check_listed_hmac,
            sign_hmac,
            options=Options("x-pagerduty-signature", "v1="),
        ),
        _hmac("jira", "HMAC-SHA256 of Jira", "x-hub-signature", "sha256="),
        Scheme(
            "circleci",
            "HMAC-SHA256 of CircleCI",
            check_listed_hmac,
            sign_hmac,
            options=Options("circleci-signature", "v1="),
        ),
        Scheme("buildkite", "HMAC-SHA256 of Buildkite", check_buildkite, sign_buildkite),
        _static("buildkite_token", "token of Buildkite", "x-buildkite-token"),
        Scheme("slack", "HMAC-SHA256 of Slack", check_slack, sign_slack),
        _hmac("sonarqube", "HMAC-SHA256 of SonarQube", "x-sonar-webhook-hmac-sha256"),
        Scheme("standard_webhooks", "Standard Webhooks", check_standard, sign_standard),
        _hmac("hmac", "HMAC-SHA256 in a header", "x-fairlead-signature", "sha256="),
        _static("bearer", "bearer token", "authorization", "Bearer "),
        _static("token", "token in a header", "x-fairlead-token"),
    )
}
# What a source may choose by settings; the other schemes are fixed by their tools.
FREE_SCHEMES = frozenset({"hmac", "bearer", "token"})
