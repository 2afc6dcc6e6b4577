"""Single sign-on against a real OpenID Connect provider, and tokens that prove nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from fairlead.apps.identity.id_token import verify_id_token
from fairlead.apps.identity.oidc_provider import Provider, provider_of
from fairlead.apps.identity.oidc_settings import oidc_settings
from fairlead.kernel.clock import SYSTEM_CLOCK
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.people import Person, RoleGrant
from tests.console.oidc_server import RunningProvider, running_provider

pytestmark = pytest.mark.npm
ROLES = "sre=responder,leads=team_lead@team:payments,bosses=director"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProvider]:
    with running_provider(tmp_path_factory.mktemp("oidc")) as found:
        yield found


@pytest.fixture
def provider(
    process: RunningProvider, monkeypatch: pytest.MonkeyPatch, db: None
) -> RunningProvider:
    values = {
        "FAIRLEAD_OIDC_ISSUER": process.issuer,
        "FAIRLEAD_OIDC_CLIENT_ID": "fairlead",
        "FAIRLEAD_OIDC_CLIENT_SECRET": "env:SUITE_OIDC_SECRET",
        "SUITE_OIDC_SECRET": "a client secret of the suite",
        "FAIRLEAD_OIDC_ROLES": ROLES,
        "FAIRLEAD_OIDC_NAME": "Acme ID",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    process.set_person(
        "ada", email="Ada@acme.invalid", email_verified=True, name="Ada", groups=["sre", "chess"]
    )
    return process


def come_back(client: Client, provider: RunningProvider, sub: str = "ada", ask: str = "") -> str:
    begun = client.get(f"/login/sso?next=/account{ask}")
    assert begun.status_code == 302
    return provider.log_in(begun["Location"], sub)


def roles_of(email: str) -> set[str]:
    return {str(grant) for grant in RoleGrant.objects.filter(person__email=email)}


def test_a_person_comes_in_with_the_roles_of_their_groups(provider: RunningProvider) -> None:
    client = Client()
    assert "Log in with Acme ID" in client.get("/login").content.decode()
    begun = client.get("/login/sso?next=/account")
    asked = {k: v[0] for k, v in parse_qs(urlsplit(begun["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) == len(asked["nonce"]) == 43
    before = client.cookies["fairlead"].value
    answer = client.get("/login/sso/callback?" + provider.log_in(begun["Location"], "ada"))
    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert client.cookies["fairlead"].value != before
    assert client.get("/account").status_code == 200
    assert roles_of("ada@acme.invalid") == {"responder"}
    actions = list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
    assert actions == ["person_created", "role_granted", "login"]


def test_roles_are_those_of_the_groups_at_each_log_in(provider: RunningProvider) -> None:
    client = Client()
    client.get("/login/sso/callback?" + come_back(client, provider))
    person = Person.objects.get(email="ada@acme.invalid")
    RoleGrant.objects.create(person=person, role="auditor", scope_kind="organisation")
    provider.set_person("ada", email="ada@acme.invalid", email_verified=True, groups=["leads"])
    client.get("/login/sso/callback?" + come_back(client, provider))
    assert roles_of("ada@acme.invalid") == {"auditor", "team_lead of payments"}
    assert Person.objects.count() == 1


def test_a_local_account_is_taken_over_only_by_a_verified_address(
    provider: RunningProvider,
) -> None:
    local = Person.objects.create_person("eve@acme.invalid", "Eve", "a password of the suite")
    for verified, status in ((False, 403), (True, 302)):
        provider.set_person("eve", email="eve@acme.invalid", email_verified=verified, groups=[])
        client = Client()
        answer = client.get("/login/sso/callback?" + come_back(client, provider, "eve"))
        assert answer.status_code == status, answer.content.decode()
    assert Person.objects.get().pk == local.pk


def test_a_leaver_does_not_come_in(provider: RunningProvider) -> None:
    client = Client()
    client.get("/login/sso/callback?" + come_back(client, provider))
    Person.objects.update(is_active=False)
    fresh = Client()
    answer = fresh.get("/login/sso/callback?" + come_back(fresh, provider))
    assert answer.status_code == 403
    assert "not active" in answer.content.decode()


def test_a_second_proof_is_asked_for_anew(provider: RunningProvider) -> None:
    client = Client()
    client.get("/login/sso/callback?" + come_back(client, provider))
    asked = client.get("/login/sso?next=/account&again=1")["Location"]
    assert "prompt=login" in asked
    assert "max_age=0" in asked
    answer = client.get("/login/sso/callback?" + provider.log_in(asked, "ada"))
    assert answer["Location"] == "/account"


@pytest.mark.parametrize("change", ["state", "nonce", "replay", "issuer", "verifier", "none"])
def test_an_answer_that_belongs_elsewhere_is_refused(
    provider: RunningProvider, change: str
) -> None:
    client = Client()
    query = come_back(client, provider)
    session = client.session
    if change in ("state", "nonce", "verifier"):
        session["sso"] = {**session["sso"], change: "x" * 64}
        session.save()
    if change == "issuer":
        query = query.replace("iss=http", "iss=https")
    if change == "replay":
        assert client.get("/login/sso/callback?" + query).status_code == 302
        client.logout()
    if change == "none":
        client = Client()
    answer = client.get("/login/sso/callback?" + query)
    assert answer.status_code == 403
    assert "FL7037" in answer.content.decode()
    assert client.get("/account").status_code == 302


def test_another_sites_address_is_not_gone_to(provider: RunningProvider) -> None:
    client = Client()
    begun = client.get("/login/sso?next=//evil.invalid/")
    answer = client.get("/login/sso/callback?" + provider.log_in(begun["Location"], "ada"))
    assert answer["Location"] == "/"


def real_token(provider: RunningProvider) -> tuple[str, str]:
    """An ID token of the provider, and its nonce."""
    client = Client()
    query = come_back(client, provider)
    begun, settings = client.session["sso"], oidc_settings()
    assert settings is not None
    tokens = provider_of(provider.issuer).redeem(
        settings, parse_qs(query)["code"][0], begun["verifier"],
        "http://testserver/login/sso/callback",
    )  # fmt: skip
    return tokens["id_token"], begun["nonce"]


@pytest.mark.diagnostic("FL7037")
def test_a_real_token_is_refused_where_one_thing_differs(provider: RunningProvider) -> None:
    token, nonce = real_token(provider)
    key = provider_of(provider.issuer).key
    right = {
        "issuer": provider.issuer, "client_id": "fairlead", "nonce": nonce,
        "now": SYSTEM_CLOCK.now(),
    }  # fmt: skip
    assert verify_id_token(token, key, **right)["sub"] == "ada"
    header, body, signature = token.split(".")
    wrong = [
        (token, {"issuer": "https://other.invalid"}, "of another issuer"),
        (token, {"client_id": "another"}, "for another audience"),
        (token, {"nonce": "n"}, "another log-in"),
        (token, {"now": right["now"] + timedelta(hours=2)}, "has expired"),
        (token, {"now": right["now"] - timedelta(hours=2)}, "of the future"),
        (f"{header}.{body}.{'A' * len(signature)}", {}, "signature does not fit"),
        ("no token", {}, "cannot be read"),
    ]
    for given, change, reason in wrong:
        with pytest.raises(DiagnosticError, match=reason):
            verify_id_token(given, key, **{**right, **change})


def test_none_and_hmac_and_unknown_keys_are_refused(provider: RunningProvider) -> None:
    now = SYSTEM_CLOCK.now()
    private = rsa.generate_private_key(65537, 2048)
    public = private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = {
        "iss": "https://id.invalid", "aud": "c", "sub": "s", "nonce": "n",
        "iat": int(now.timestamp()), "exp": int(now.timestamp()) + 300,
    }  # fmt: skip
    right = {"issuer": "https://id.invalid", "client_id": "c", "nonce": "n", "now": now}
    good = jwt.encode(claims, private, "RS256", headers={"kid": "1"})
    assert verify_id_token(good, lambda *_: public, **right) == claims
    unsigned = jwt.encode(claims, None, "none")
    with pytest.raises(DiagnosticError, match="`none` is not allowed"):
        verify_id_token(unsigned, lambda *_: public, **right)
    keyed = jwt.api_jws.PyJWS()
    keyed._algorithms["HS256"].prepare_key = lambda key: key  # the attacker's own library
    forged = keyed.encode(b"{}", pem, "HS256")
    with pytest.raises(DiagnosticError, match="`HS256` is not allowed"):
        verify_id_token(forged, lambda *_: public, **right)
    with pytest.raises(DiagnosticError, match="does not have"):
        verify_id_token(good, provider_of(provider.issuer).key, **right)
    many = jwt.encode({**claims, "aud": ["c", "d"]}, private, "RS256")
    with pytest.raises(DiagnosticError, match="another client"):
        verify_id_token(many, lambda *_: public, **right)


@pytest.mark.diagnostic("FL7038")
def test_a_provider_that_cannot_be_trusted_is_not_used(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DiagnosticError, match="is not https"):
        oidc_settings({"FAIRLEAD_OIDC_ISSUER": "http://id.acme.invalid"})
    with pytest.raises(DiagnosticError, match="is no group=role"):
        oidc_settings({"FAIRLEAD_OIDC_ISSUER": "https://x", "FAIRLEAD_OIDC_ROLES": "sre=king"})
    answers = {
        "calls itself": httpx.Response(200, json={"issuer": "https://other"}),
        "is not https": httpx.Response(
            200, json={"issuer": "https://id", "authorization_endpoint": "http://id/a"}
        ),
        "no JSON": httpx.Response(200, text="<html>"),
        "answered 302": httpx.Response(302, headers={"Location": "http://169.254.169.254/"}),
        "too large": httpx.Response(200, content=b"x" * 600_000),
    }
    for reason, answer in answers.items():
        found = Provider("https://id", httpx.MockTransport(lambda _, answer=answer: answer))
        with pytest.raises(DiagnosticError, match=reason):
            found.description()
    monkeypatch.setenv("FAIRLEAD_OIDC_ISSUER", "http://127.0.0.1:9")
    refused = Client().get("/login/sso")
    assert refused.status_code == 503
    assert "FL7038" in refused.content.decode()


def test_unknown_key_ids_make_us_ask_at_most_once_a_minute() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        ends = {n: f"https://id/{n}" for n in ("authorization_endpoint", "token_endpoint")}
        about = {"issuer": "https://id", "jwks_uri": "https://id/keys", **ends}
        return httpx.Response(200, json={"keys": []} if request.url.path == "/keys" else about)

    found = Provider("https://id", httpx.MockTransport(answer))
    assert [found.key(str(number), "RS256") for number in range(20)] == [None] * 20
    assert asked == ["/.well-known/openid-configuration", "/keys"]


def test_without_settings_there_is_no_single_sign_on(db: None, tmp_path: Path) -> None:
    assert Client().get("/login/sso").status_code == 404
    assert "/login/sso" not in Client().get("/login").content.decode()
