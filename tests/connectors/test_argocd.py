"""Argo CD: the shipped notification, the pull, and one deployment from three tellings."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

import fairlead.connectors.argocd
from fairlead.connectors.argocd import CONNECTOR
from fairlead.connectors.argocd.application import tag_of
from fairlead.connectors.contract import MappingContext, Payload
from tests.connectors.answers import NOW, answered, drive, pulling

FOLDER = Path(fairlead.connectors.argocd.__file__).parent
CASES = Path(__file__).resolve().parents[2] / "conformance" / "connectors" / "argocd"
CONTEXT = MappingContext("argocd", NOW)


def load(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text())


def test_shipped_template_sends_the_fields_that_the_mapping_reads() -> None:
    config = yaml.safe_load((FOLDER / "notification.yaml").read_text())["data"]
    body = yaml.safe_load(config["template.fairlead"])["webhook"]["fairlead"]["body"]
    assert '"fairlead": "argocd/1"' in body
    without_actions = re.sub(r"\{\{ (?:if|else|end).*?\}\}", "", body)
    read = set(re.findall(r"toJson \.app\.([\w.]+)", without_actions))
    assert {
        "metadata.name",
        "metadata.namespace",
        "metadata.labels",
        "spec.destination",
        "spec.source.repoURL",
        "status.operationState.phase",
        "status.operationState.startedAt",
        "status.operationState.finishedAt",
        "status.operationState.operation.initiatedBy",
        "status.operationState.operation.sync.dryRun",
        "status.operationState.operation.sync.resources",
        "status.operationState.syncResult.revision",
        "status.operationState.syncResult.revisions",
        "status.summary.images",
    } <= read


def test_every_trigger_of_the_template_sends_once_per_sync() -> None:
    config = yaml.safe_load((FOLDER / "notification.yaml").read_text())["data"]
    triggers = [yaml.safe_load(text) for name, text in config.items() if "trigger" in name]
    assert len(triggers) == 3
    for (rule,) in triggers:
        assert rule["oncePer"] == "app.status.operationState.startedAt"
        assert rule["send"] == ["fairlead"]


def test_notification_and_history_of_one_sync_tell_one_deployment() -> None:
    sent = load("sync-succeeded")
    listed = load("application-history")
    listed["status"]["history"][0]["deployStartedAt"] = "2026-01-05T10:00:00Z"
    listed["status"]["history"][0]["deployedAt"] = "2026-01-05T10:02:30Z"
    facts = [
        *CONNECTOR.map_payload(Payload(sent), CONTEXT).facts,
        *CONNECTOR.map_payload(Payload(listed), CONTEXT).facts[:2],
    ]
    assert {fact.values["deployment_ref"] for fact in facts} == {
        "argocd/search@2026-01-05T10:00:00Z"
    }
    assert len({fact.values["event_ref"] for fact in facts}) == 4


def test_commit_may_stand_in_the_image_tag() -> None:
    sent = load("sync-succeeded")
    sha = "c" * 40
    sent["application"]["status"]["summary"]["images"] = [f"ghcr.io/acme/search:{sha}"]
    context = MappingContext("argocd", NOW, {"commit_from": "image_tag"})
    facts = CONNECTOR.map_payload(Payload(sent), context).facts
    assert {fact.values["commit_sha"] for fact in facts} == {sha}


def test_port_of_a_registry_is_no_tag() -> None:
    assert tag_of("registry.example.com:5000/acme/search") is None
    assert tag_of("registry.example.com:5000/acme/search:1.4") == "1.4"
    assert tag_of("acme/search:1.4@sha256:" + "a" * 64) == "1.4"


def test_pull_asks_each_project_for_its_applications() -> None:
    assert CONNECTOR.plan is not None
    since = datetime(2026, 1, 1, tzinfo=UTC)
    item = load("application-history")
    driven = drive(
        CONNECTOR.plan(pulling(since, projects=["a", "b"])), lambda _: answered({"items": [item]})
    )
    assert [request.params for request in driven.requests] == [{"projects": "a"}, {"projects": "b"}]
    assert [page.resource for page in driven.pages] == ["applications/a", "applications/b"]
    assert driven.pages[0].payloads[0].body == item


def test_argo_answers_null_items_when_there_is_no_application() -> None:
    assert CONNECTOR.plan is not None
    since = datetime(2026, 1, 1, tzinfo=UTC)
    driven = drive(CONNECTOR.plan(pulling(since)), lambda _: answered({"items": None}))
    assert [list(page.payloads) for page in driven.pages] == [[]]
