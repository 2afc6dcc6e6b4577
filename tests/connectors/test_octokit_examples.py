"""Every example of GitHub's published webhook payloads maps without loss (npm, MIT licence).

The counts below were read from the examples themselves, set `api.github.com` of
@octokit/webhooks-examples 7.6.1: 329 payloads of 58 events. Our own payloads are checked against
the schemas of the same version, since the examples hold no merged change and no re-run.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fairlead.connectors.contract import Mapped, MappingContext, Payload
from fairlead.connectors.github import CONNECTOR
from fairlead.connectors.github.events import MAPPED, NOT_NEEDED, event_of
from fairlead.engine.conformance.connector_cases import check_fact
from fairlead.facts import Fact
from tests.connectors.broken import broken_forms, refusal_of
from tests.connectors.plans import at
from tests.programs import npm_package

ROOT = Path(__file__).resolve().parents[2]
VERSION = "7.6.1"
OWN_PAYLOADS = sorted((ROOT / "conformance" / "connectors" / "github").glob("*.json"))
CONTEXT = MappingContext("github", at("2026-01-01T00:00:00Z"))

pytestmark = pytest.mark.npm


@pytest.fixture(scope="module")
def octokit() -> Path:
    """The folder of both packages, installed once into a folder that git ignores."""
    npm_package("@octokit/webhooks-schemas", VERSION)
    return npm_package("@octokit/webhooks-examples", VERSION).parent


@pytest.fixture(scope="module")
def examples(octokit: Path) -> list[tuple[str, dict[str, Any]]]:
    """Every example with the name of its event."""
    index = json.loads((octokit / "webhooks-examples/api.github.com/index.json").read_text())
    return [(event["name"], body) for event in index for body in event["examples"]]


@pytest.fixture(scope="module")
def mapped(examples: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, Mapped]]:
    """What the connector makes of every example."""
    return [(name, CONNECTOR.map_payload(Payload(body, name), CONTEXT)) for name, body in examples]


def facts_of(mapped: list[tuple[str, Mapped]], event: str) -> list[Fact]:
    return [fact for name, one in mapped if name == event for fact in one.facts]


def test_every_example_gives_facts_or_a_reason(mapped: list[tuple[str, Mapped]]) -> None:
    assert len(mapped) == 329
    assert len({name for name, _ in mapped}) == 58
    for name, one in mapped:
        assert bool(one.facts) != bool(one.not_needed), name
    # 4 + 4 deployments and statuses, 5 runs, 8 jobs, 29 changes, 4 reviews, 7 pushes,
    # 13 releases, 5 creates.
    assert sum(bool(one.facts) for _, one in mapped) == 79
    assert sum(one.not_needed is not None for _, one in mapped) == 250


def test_every_fact_fits_its_type(mapped: list[tuple[str, Mapped]]) -> None:
    for _, one in mapped:
        for fact in one.facts:
            check_fact(fact)


def test_counts_by_event_are_those_of_the_examples(mapped: list[tuple[str, Mapped]]) -> None:
    counts = Counter((name, fact.type) for name, one in mapped for fact in one.facts)
    assert counts == {
        ("deployment", "deployment_events"): 4,
        ("deployment_status", "deployment_events"): 4,
        ("workflow_run", "pipeline_runs"): 5,
        ("workflow_job", "pipeline_jobs"): 8,
        ("pull_request", "changes"): 29,
        ("pull_request_review", "change_reviews"): 4,
        # Seven pushes: two of a branch with one commit each, one tag made, four tags deleted.
        ("push", "commits"): 2,
        ("push", "releases"): 5,
        ("release", "releases"): 13,
        ("create", "releases"): 5,
    }


def test_deployments_are_dated_by_their_own_instants(mapped: list[tuple[str, Mapped]]) -> None:
    found = Counter(
        (f.values["state"], f.values["environment"], f.values["event_at"].isoformat())
        for event in ("deployment", "deployment_status")
        for f in facts_of(mapped, event)
    )
    assert found == {
        ("created", "production", "2019-05-15T15:20:53+00:00"): 3,
        ("created", "github-pages", "2022-01-03T01:28:30+00:00"): 1,
        ("success", "production", "2019-05-15T15:20:55+00:00"): 3,
        ("running", "github-pages", "2022-01-03T01:28:40+00:00"): 1,
    }


def test_runs_follow_their_status_and_not_the_action(mapped: list[tuple[str, Mapped]]) -> None:
    found = [
        (f.values["state"], f.values["result"], f.values["duration_seconds"])
        for f in facts_of(mapped, "workflow_run")
    ]
    # The first says `completed` of a queued run; the last waits for an approval.
    assert found == [
        ("pending", None, None),
        ("finished", "success", 0),
        ("finished", "success", 0),
        ("pending", None, None),
        ("blocked", None, None),
    ]


def test_jobs_know_whether_they_started(mapped: list[tuple[str, Mapped]]) -> None:
    jobs = [f.values for f in facts_of(mapped, "workflow_job")]
    assert Counter(job["result"] for job in jobs) == {None: 6, "success": 1, "failure": 1}
    assert sum(job["started_at"] is not None for job in jobs) == 5
    assert sum(job["finished_at"] is not None for job in jobs) == 2


def test_deleted_tags_and_releases_are_retracted(mapped: list[tuple[str, Mapped]]) -> None:
    pushed = [fact.is_retracted for fact in facts_of(mapped, "push") if fact.type == "releases"]
    released = [fact.is_retracted for fact in facts_of(mapped, "release")]
    assert Counter(pushed) == {True: 4, False: 1}
    assert Counter(released) == {True: 2, False: 11}


def test_open_changes_never_carry_their_trial_merge(mapped: list[tuple[str, Mapped]]) -> None:
    changes = [fact.values for fact in facts_of(mapped, "pull_request")]
    assert Counter(change["state"] for change in changes) == {"open": 27, "closed": 2}
    assert all(change.get("merge_sha") is None for change in changes)


def test_every_published_event_is_known(examples: list[tuple[str, dict[str, Any]]]) -> None:
    for name, body in examples:
        assert (name in MAPPED) != (name in NOT_NEEDED), name
        if name in MAPPED:
            assert event_of(body) == name


def test_broken_message_is_refused_or_mapped_but_never_crashes(
    examples: list[tuple[str, dict[str, Any]]],
) -> None:
    refusals = [
        error
        for name, body in examples
        if name in MAPPED
        for broken in broken_forms(body)
        if (error := refusal_of(CONNECTOR, Payload(broken, name), CONTEXT)) is not None
    ]
    assert refusals
    codes = {error.code for error in refusals}
    assert codes <= {"FL3102", "FL3104", "FL3105", "FL3107", "FL3110"}
    assert all(error.path.startswith("$") for error in refusals)


@pytest.mark.parametrize("path", OWN_PAYLOADS, ids=[path.stem for path in OWN_PAYLOADS])
def test_our_own_payload_is_valid_by_the_published_schema(octokit: Path, path: Path) -> None:
    schema = json.loads((octokit / "webhooks-schemas/schema.json").read_text())
    body = json.loads(path.read_text(encoding="utf-8"))
    name = f"{path.name.partition('.')[0]}${body.get('action', 'event')}"
    wanted = {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}
    jsonschema.Draft7Validator(wanted).validate(body)


def test_own_payloads_hold_what_the_examples_lack() -> None:
    bodies = [json.loads(path.read_text(encoding="utf-8")) for path in OWN_PAYLOADS]
    assert any(body.get("pull_request", {}).get("merged_at") for body in bodies)
    assert any(body.get("workflow_run", {}) and (body["workflow_run"].get("run_attempt") == 2)
               for body in bodies)  # fmt: skip
