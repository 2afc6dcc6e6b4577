"""CDEvents: the three HTTP forms, versions, and package URLs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fairlead.connectors.cdevents import CONNECTOR
from fairlead.connectors.cdevents.delivery import digest_of, version_of
from fairlead.connectors.contract import MappingContext, MappingError, Payload
from tests.connectors.answers import NOW

CASES = Path(__file__).resolve().parents[2] / "conformance" / "connectors" / "cdevents"
CONTEXT = MappingContext("cdevents", NOW)
DIGEST = "sha256:" + "0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427"


def load(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text())


def test_binary_structured_and_batch_form_give_the_same_facts() -> None:
    structured = load("pipelinerun.finished")
    binary = structured["data"]
    header = structured["type"]
    facts = [
        CONNECTOR.map_payload(payload, CONTEXT).facts
        for payload in (Payload(structured), Payload(binary, header), Payload([structured]))
    ]
    assert facts[0] == facts[1] == facts[2]


def test_type_in_the_header_serves_where_the_body_has_none() -> None:
    body = {"specversion": "1.0", "data": {}}
    with pytest.raises(MappingError) as caught:
        CONNECTOR.map_payload(Payload(body, "com.example.x"), CONTEXT)
    assert caught.value.code == "FL3107"


@pytest.mark.parametrize("version", ["0.1.1", "0.2.0", "0.3.0", "0.4.0-draft", "0.9.9"])
def test_minor_versions_and_drafts_of_a_known_major_are_read(version: str) -> None:
    body = load("service.deployed")
    body["context"]["type"] = f"dev.cdevents.service.deployed.{version}"
    assert len(CONNECTOR.map_payload(Payload(body), CONTEXT).facts) == 1


@pytest.mark.parametrize(
    "event_type",
    [
        "dev.cdevents.service.deployed.1.0.0",
        "dev.cdevents.service.deployed",
        "dev.cdevents.service.deployed.latest",
    ],
)
@pytest.mark.diagnostic("FL3107")
def test_unknown_major_or_no_version_is_not_supported(event_type: str) -> None:
    body = load("service.deployed")
    body["context"]["type"] = event_type
    with pytest.raises(MappingError) as caught:
        CONNECTOR.map_payload(Payload(body), CONTEXT)
    assert (caught.value.code, caught.value.path) == ("FL3107", "$.context.type")


@pytest.mark.parametrize(
    ("purl", "version", "digest"),
    [
        (f"pkg:oci/myapp@{DIGEST.replace(':', '%3A')}?tag=1.0", DIGEST, DIGEST),
        ("pkg:npm/%40acme/shop@1.4.2#src", "1.4.2", None),
        ("pkg:oci/myapp", None, None),
        ("pkg:oci/myapp@sha256%3Aabc", "sha256:abc", None),
        (None, None, None),
    ],
)
def test_version_and_digest_of_a_package_url(
    purl: str | None, version: str | None, digest: str | None
) -> None:
    assert version_of(purl) == version
    assert digest_of(purl) == digest


def test_sha_of_a_merged_change_may_stand_in_the_tags_of_a_link() -> None:
    body = load("change.merged-unlinked")
    sha = "d" * 40
    body["context"]["links"] = [
        {"linkType": "PATH", "tags": {"foo": "bar"}},
        {"linkType": "RELATION", "linkKind": "MERGE", "tags": {"commit_sha": sha}},
    ]
    mapped = CONNECTOR.map_payload(Payload(body), CONTEXT)
    assert mapped.facts[0].values["merge_sha"] == sha
    assert list(mapped.flags) == []


def test_batch_without_a_fact_says_why() -> None:
    batch = [load("environment.created"), load("service.removed")]
    mapped = CONNECTOR.map_payload(Payload(batch), CONTEXT)
    assert mapped.not_needed == (
        "no fact is made of environment created; no fact is made of service removed"
    )
