"""Each signature scheme: its known answer, and what it refuses."""

from __future__ import annotations

import base64

import pytest

from fairlead.ingest.inbound import INBOUND, SETTINGS, check_message, kept_headers, scheme_of
from fairlead.ingest.signatures import SCHEMES, Message, Scheme
from fairlead.kernel.diagnostic import DiagnosticError

SECRET, BODY, AT = "fairlead-example", b'{"action":"ping"}', 1_735_689_600
BODY_HEX = "4fc2d5586fecafc199883ae8b92de6cba58d4198b5b582318817acd5d07e3958"
SLACK_HEX = "e150c9d13ad582b94086f9fa08962a66e32bd3f4d1ec79df09dce36fec2a56cc"
STANDARD_SECRET = "whsec_" + base64.b64encode(b"fairlead-example-secret-24").decode()
STANDARD = "v1,OFOZiUL7Uo4phwh8BRP+aAZixW+xHohU84EtPPGm+aA="
BUILDKITE_BODY, BUILDKITE_AT = b'{"id":"b1","build":{"state":"passed"}}', 1_767_776_400
BUILDKITE_HEX = "142e7e897807ffd885fa492d3ca53f211ad2bd964c801bf26256811dfc54a5e1"

KNOWN: dict[str, dict[str, str]] = {
    "github": {"x-hub-signature-256": f"sha256={BODY_HEX}"},
    "jira": {"x-hub-signature": f"sha256={BODY_HEX}"},
    "pagerduty": {"x-pagerduty-signature": f"v1={'0' * 64},v1={BODY_HEX}"},
    "circleci": {"circleci-signature": f"v1={BODY_HEX}"},
    "sonarqube": {"x-sonar-webhook-hmac-sha256": BODY_HEX},
    "hmac": {"x-fairlead-signature": f"sha256={BODY_HEX}"},
    "slack": {"x-slack-signature": f"v0={SLACK_HEX}", "x-slack-request-timestamp": str(AT)},
    "gitlab_token": {"x-gitlab-token": SECRET},
    "buildkite_token": {"x-buildkite-token": SECRET},
    "bearer": {"authorization": f"Bearer {SECRET}"},
    "token": {"x-fairlead-token": SECRET},
}


def why(
    scheme: Scheme,
    headers: dict[str, str],
    body: bytes = BODY,
    now: int = AT,
    secrets: tuple[str, ...] = (SECRET,),
) -> str | None:
    return check_message(scheme, Message(headers, body, now), secrets)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_known_answer_is_accepted(name: str) -> None:
    assert why(SCHEMES[name], KNOWN[name]) is None


def test_known_answer_of_standard_webhooks_is_accepted() -> None:
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(AT),
        "webhook-signature": f"v1,AAAA v1a,ignored {STANDARD}",
    }
    scheme = SCHEMES["standard_webhooks"]
    assert why(scheme, headers, secrets=(STANDARD_SECRET,)) is None
    assert why(scheme, headers, b"{}", secrets=(STANDARD_SECRET,)) == "wrong"
    assert why(scheme, headers, now=AT + 301, secrets=(STANDARD_SECRET,)) == "stale"
    assert why(scheme, headers | {"webhook-id": "msg_2"}, secrets=(STANDARD_SECRET,)) == "wrong"


def test_known_answer_of_buildkite_is_accepted() -> None:
    headers = {"x-buildkite-signature": f"timestamp={BUILDKITE_AT},signature={BUILDKITE_HEX}"}
    scheme, secret = SCHEMES["buildkite"], ("topsecret",)
    assert why(scheme, headers, BUILDKITE_BODY, BUILDKITE_AT + 300, secret) is None
    assert why(scheme, headers, BUILDKITE_BODY, BUILDKITE_AT + 301, secret) == "stale"
    assert why(scheme, headers, BUILDKITE_BODY, BUILDKITE_AT - 301, secret) == "stale"
    other = {"x-buildkite-signature": f"timestamp={BUILDKITE_AT + 1},signature={BUILDKITE_HEX}"}
    assert why(scheme, other, BUILDKITE_BODY, BUILDKITE_AT, secret) == "wrong"


def test_slack_is_refused_after_five_minutes() -> None:
    assert why(SCHEMES["slack"], KNOWN["slack"], now=AT + 300) is None
    assert why(SCHEMES["slack"], KNOWN["slack"], now=AT + 301) == "stale"


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_what_is_signed_by_us_is_accepted_and_nothing_else_is(name: str) -> None:
    scheme = SCHEMES[name]
    secret = STANDARD_SECRET if name == "standard_webhooks" else SECRET
    headers = scheme.sign(BODY, secret, AT, "msg_7", scheme.options)
    assert why(scheme, headers, secrets=(secret,)) is None
    other = "whsec_" + base64.b64encode(b"another").decode()
    assert why(scheme, headers, secrets=(other,)) == "wrong"
    assert why(scheme, headers, secrets=(other, secret)) is None
    assert why(scheme, {}, secrets=(secret,)) == "missing"
    flipped = bytes([BODY[0] ^ 1]) + BODY[1:]
    expected = None if scheme.is_weak else "wrong"
    assert why(scheme, headers, flipped, secrets=(secret,)) == expected


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_an_empty_secret_signs_nothing(name: str) -> None:
    scheme = SCHEMES[name]
    headers = scheme.sign(BODY, "", AT, "msg_7", scheme.options)
    assert why(scheme, headers, secrets=("",)) is not None
    assert why(scheme, headers, secrets=()) is not None


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("github", {"x-hub-signature-256": BODY_HEX}),
        ("github", {"x-hub-signature-256": f"sha1={BODY_HEX}"}),
        ("pagerduty", {"x-pagerduty-signature": BODY_HEX}),
        ("slack", {"x-slack-signature": f"v0={SLACK_HEX}", "x-slack-request-timestamp": "soon"}),
        ("buildkite", {"x-buildkite-signature": f"timestamp=-1,signature={BODY_HEX}"}),
        ("bearer", {"authorization": SECRET}),
        (
            "standard_webhooks",
            {"webhook-id": "1", "webhook-timestamp": "1e9", "webhook-signature": STANDARD},
        ),
    ],
)
def test_malformed_header_is_refused(name: str, headers: dict[str, str]) -> None:
    assert why(SCHEMES[name], headers) == "malformed"


def test_base64_in_a_header_of_ones_own_is_accepted() -> None:
    settings = {
        "webhook_scheme": "hmac",
        "webhook_header": "X-Acme-Sign",
        "webhook_encoding": "base64",
    }
    scheme = scheme_of("mapping", settings)
    given = base64.b64encode(bytes.fromhex(BODY_HEX)).decode()
    assert why(scheme, {"x-acme-sign": given}) is None
    assert why(scheme, {"x-fairlead-signature": f"sha256={BODY_HEX}"}) == "missing"


def test_first_scheme_of_a_connector_counts_and_no_weaker_one() -> None:
    assert scheme_of("buildkite", {}).id == "buildkite"
    assert why(scheme_of("buildkite", {}), KNOWN["buildkite_token"]) == "missing"
    assert scheme_of("gitlab", {"webhook_scheme": "standard_webhooks"}).id == "standard_webhooks"


@pytest.mark.diagnostic("FL3203")
@pytest.mark.parametrize(
    ("connector", "settings"),
    [
        ("github", {"webhook_scheme": "bearer"}),
        ("mapping", {"webhook_encoding": "rot13"}),
        ("git", {}),
    ],
)
def test_wrong_webhook_setting_is_named(connector: str, settings: dict[str, str]) -> None:
    with pytest.raises(DiagnosticError) as caught:
        scheme_of(connector, settings)
    assert caught.value.diagnostics[0].code == "FL3203"


@pytest.mark.parametrize("connector", sorted(INBOUND))
def test_kept_headers_hold_no_signature(connector: str) -> None:
    given = {name: value for known in KNOWN.values() for name, value in known.items()}
    given |= {"content-type": "application/json", "x-github-event": "ping", "cookie": "x"}
    kept = kept_headers(connector, given)
    assert set(kept) <= {"content-type", "x-github-event"}


def test_weak_schemes_say_so() -> None:
    weak = {name for name, scheme in SCHEMES.items() if "weak: not bound to body" in scheme.label}
    assert weak == {"gitlab_token", "buildkite_token", "bearer", "token"}
    assert "webhook_scheme" in SETTINGS
