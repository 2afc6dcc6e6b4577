"""JSON Schemas agree with the loader: they accept the profiles and refuse what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
import yamlcore
from jsonschema import Draft202012Validator

from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.profiles import render_profile
from fairlead.opmodel.schema import COMBINED, schemas
from fairlead.packs import profile_files, profile_ids

KPIS = ["change_failure_rate"]
SERVICE = {
    "apiVersion": "fairlead/v1",
    "kind": "Service",
    "id": "cart",
    "owner": "payments",
    "tier": "tier-1",
}


def messages(document: dict[str, Any], schema: str = COMBINED) -> list[str]:
    found = schemas(known_kpis=KPIS, known_connectors=["github"])[schema]
    return [error.message for error in Draft202012Validator(found).iter_errors(document)]


def test_there_is_a_schema_per_kind_and_a_combined_one() -> None:
    found = schemas()
    assert len(found) == len(kinds()) + 1
    assert {"service", "kpi_target", "dora_bands", "fairlead"} <= found.keys()
    for schema in found.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("profile", profile_ids())
def test_every_document_of_a_profile_is_valid(profile: str) -> None:
    validator = Draft202012Validator(schemas()[COMBINED])
    for path, text in render_profile(profile_files(profile), "My Org").items():
        if not path.endswith(".yaml"):
            continue
        for document in yaml.load_all(text, Loader=yamlcore.CCoreLoader):
            assert list(validator.iter_errors(document)) == [], path


@pytest.mark.parametrize("schema", [COMBINED, "service"])
def test_a_right_service_is_accepted_and_a_wrong_one_refused(schema: str) -> None:
    assert messages(SERVICE, schema) == []
    assert any("ownr" in text for text in messages({**SERVICE, "ownr": "x"}, schema))
    assert any("1.1" in text for text in messages({**SERVICE, "title": 1.1}, schema))
    missing = {key: value for key, value in SERVICE.items() if key != "owner"}
    assert any("owner" in text for text in messages(missing, schema))


def test_an_unknown_kind_is_refused() -> None:
    assert any("Sevice" in text for text in messages({**SERVICE, "kind": "Sevice"}))


def test_known_ids_are_offered_and_others_refused() -> None:
    target = {"apiVersion": "fairlead/v1", "kind": "KpiTarget", "id": "x", "target": 1}
    assert messages({**target, "kpi": "change_failure_rate"}) == []
    assert messages({**target, "kpi": "other"}) != []
    source = {"apiVersion": "fairlead/v1", "kind": "Source", "id": "x"}
    assert messages({**source, "connector": "github"}) == []
    assert messages({**source, "connector": "githb"}) != []


def test_a_secret_as_a_value_is_refused() -> None:
    source = {"apiVersion": "fairlead/v1", "kind": "Source", "id": "x", "connector": "github"}
    assert messages({**source, "secrets": {"token": "env:TOKEN"}}) == []
    assert messages({**source, "secrets": {"token": "hunter2"}}) != []
