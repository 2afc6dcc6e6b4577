"""The payloads of acme: repeatable, of the promised size, and fit for the connectors."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from fairlead.connectors import load_connector
from fairlead.connectors.contract import MappingContext, MappingError, Payload
from fairlead.demo.acme import AcmeManifest, Shape, build_acme, build_shape, write_model
from fairlead.demo.acme.calendar import span_of_months
from fairlead.kpis.shelf import kpis
from fairlead.opmodel.kinds.source import Source
from fairlead.opmodel.loader import load_model

LAST = date(2026, 11, 22)
RECEIVED_AT = datetime(2026, 11, 23, tzinfo=UTC)


def digests(manifest: AcmeManifest) -> dict[str, str]:
    paths = [path for source in manifest.sources for path in source.paths]
    return {
        f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (*paths, manifest.truth_path)
    }


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> AcmeManifest:
    return build_acme(tmp_path_factory.mktemp("year"), end=LAST)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    model = load_model(folder, known_kpis=kpis())
    return {id_: dict(source.settings) for id_, source in model.all_of(Source).items()}


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    def built(name: str, seed: int) -> dict[str, str]:
        into = tmp_path / name
        shape = Shape(span_of_months(LAST, 1), seed, frozenset({"cart", "ledger", "reporting"}))
        found = digests(build_shape(into, shape))
        return {key.replace(f"{name}/", ""): digest for key, digest in found.items()}

    first = built("first", 7)
    assert len(first) >= 10
    assert built("second", 7) == first
    assert built("third", 8) != first


def test_year_has_the_promised_volume(year: AcmeManifest) -> None:
    truth = json.loads(year.truth_path.read_text(encoding="utf-8"))
    services = truth["services"].values()
    assert len(services) == 40
    assert len({facts["team"] for facts in services}) == 8
    assert {facts["tier"] for facts in services} == {1, 2, 3}
    messages = truth["messages"]
    assert 7_000 <= messages["github/deployment"] <= 10_000
    runs = messages["github/workflow_run"] + messages["gitlab/pipeline"] + messages["jenkins/build"]
    assert 35_000 <= runs <= 45_000
    assert 10_000 <= messages["github/pull_request"] + messages["gitlab/merge_request"] <= 14_000
    assert 400 <= len(truth["incidents"]) <= 600
    assert 5_000 <= messages["alertmanager/webhook"] <= 8_000
    assert year.payload_count == sum(messages.values())


def test_year_tells_the_stories_that_it_promises(year: AcmeManifest) -> None:
    truth = json.loads(year.truth_path.read_text(encoding="utf-8"))

    def failure_rate(team: str, months: list[str]) -> float:
        found = [
            facts["months"][month]
            for facts in truth["services"].values()
            if facts["team"] == team
            for month in months
        ]
        return sum(m["failed"] for m in found) / sum(m["deployments"] for m in found)

    early, late = ["2025-12", "2026-01", "2026-02"], ["2026-08", "2026-09", "2026-10"]
    assert failure_rate("storefront", early) > 1.5 * failure_rate("storefront", late)
    assert failure_rate("fulfilment", late) > 1.5 * failure_rate("fulfilment", early)
    frozen = [
        row
        for row in truth["deployments"]
        if truth["services"][row["service_id"]]["team"] == "payments"
        and "2026-03-22" <= row["finished_at"] < "2026-04-01"
    ]
    assert {row["kind"] for row in frozen} <= {"hotfix", "rollback", "revert"}
    causes = Counter(incident["caused_by"] is not None for incident in truth["incidents"])
    assert 0.5 <= causes[True] / causes.total() <= 0.7
    assert truth["silences"][0]["source_id"] == "jenkins"


def test_silent_source_sends_nothing_in_its_two_weeks(year: AcmeManifest) -> None:
    truth = json.loads(year.truth_path.read_text(encoding="utf-8"))
    [silence] = truth["silences"]
    assert silence["end_at"] - silence["start_at"] in (14 * 86_400, 14 * 86_400 - 3_600)
    [source] = [source for source in year.sources if source.source_id == "jenkins"]
    inside = outside = 0
    for line in source.paths[0].read_bytes().splitlines():
        try:
            build = msgspec.json.decode(line)["build"]
        except msgspec.DecodeError:
            continue
        finished_at = (build["timestamp"] + build["duration"]) / 1000
        is_inside = silence["start_at"] <= finished_at < silence["end_at"]
        inside, outside = inside + is_inside, outside + (not is_inside)
    assert inside == 0
    assert outside > 900


def test_every_payload_maps_or_was_spoilt_on_purpose(
    year: AcmeManifest, settings: dict[str, dict]
) -> None:
    truth = json.loads(year.truth_path.read_text(encoding="utf-8"))
    facts: Counter[str] = Counter()
    for source in year.sources:
        connector = load_connector(source.connector_id)
        context = MappingContext(source.source_id, RECEIVED_AT, settings[source.source_id])
        for path in source.paths:
            refused: Counter[str] = Counter()
            for line in path.read_bytes().splitlines():
                try:
                    body = msgspec.json.decode(line)
                except msgspec.DecodeError:
                    refused["FL3101"] += 1
                    continue
                parts = connector.split(body, path.stem) if connector.split else [Payload(body)]
                for part in parts:
                    try:
                        mapped = connector.map_payload(part, context)
                    except MappingError as error:
                        refused[error.code] += 1
                        continue
                    assert mapped.facts or mapped.not_needed
                    facts.update(fact.type for fact in mapped.facts)
            spoilt = truth["broken"].get(f"{source.source_id}/{path.stem}", {})
            assert refused == Counter(spoilt), path
    assert facts["deployment_events"] > 20_000
    assert facts["commits"] > 25_000
    assert facts["commit_files"] > 4_000
    assert facts["incident_links"] > 80
    assert set(facts) >= {
        "changes",
        "change_reviews",
        "pipeline_runs",
        "pipeline_jobs",
        "alert_events",
    }


def test_progress_is_told_in_order_and_ends_complete(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    shape = Shape(span_of_months(LAST, 1), 7, frozenset({"cart"}))
    build_shape(tmp_path, shape, progress=lambda *step: told.append(step))
    assert told[0] == ("simulate repositories", 0, 1)
    assert told[-1] == ("write payloads", 1, 1)
    assert all(0 <= done <= total for _, done, total in told)
