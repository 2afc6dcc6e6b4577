"""Every KPI and peer definition compiles to SQL of each engine, and gives the agreed columns."""

from __future__ import annotations

import ibis
import pytest
import sqlglot

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.kernel.labels import labels_of
from fairlead.kpis.peers import peer_definition, peer_definitions
from fairlead.kpis.shelf import Kpi, kpis
from tests.kpis.tables import DuckFacts, UnboundFacts, scope

DIALECTS = {
    "duckdb": "duckdb",
    "pyspark": "spark",
    "trino": "trino",
    "clickhouse": "clickhouse",
    "bigquery": "bigquery",
    "snowflake": "snowflake",
}
LABELS = ("Grain", "Reads", "Returns", "Window", "Null", "Late", "Errors", "Differs", "Source")
DEFINITIONS = [
    *kpis().values(),
    *(kpi for tool in peer_definitions().values() for kpi in tool.values()),
]
REQUIRED = {
    "ratio": {"numerator": "int64", "denominator": "int64"},
    "duration": {"seconds": "float64"},
    "rate": {},
}
OURS = [
    "deployment_frequency",
    "deployment_job_failure_rate",
    "release_frequency",
    "lead_time_for_changes",
    "merge_to_production",
    "lead_time_to_release",
    "change_failure_rate",
    "deployment_rework_rate",
    "time_to_restore",
    "time_to_detect",
    "time_to_acknowledge",
    "time_to_mobilise",
    "time_to_mitigate",
    "time_to_resolve",
    "within_target_ratio",
    "failed_deployment_recovery_time",
    "incident_rate_by_severity",
    "pipeline_success_rate",
    "unattended_ratio",
    "eventual_success_ratio",
    "code_failure_ratio",
    "infrastructure_error_ratio",
    "flaky_job_ratio",
    "build_test_duration",
    "build_queue_time",
]

ibis.pyspark  # noqa: B018 - loading the backend registers its options, which compiling reads


@pytest.fixture(scope="module")
def no_facts() -> DuckFacts:
    return DuckFacts()


def named(kpi: Kpi) -> str:
    return f"{kpi.definition}-{kpi.id}"


def test_the_shelf_holds_every_kpi_of_this_chapter() -> None:
    assert set(OURS) <= set(kpis())


@pytest.mark.parametrize("kpi", DEFINITIONS, ids=named)
def test_expression_compiles_to_sql_of_each_engine_that_parses(kpi: Kpi) -> None:
    expression = kpi.records(UnboundFacts(), scope(as_of="2026-01-20T00:00"))
    for dialect, grammar in DIALECTS.items():
        text = str(ibis.to_sql(expression, dialect=dialect))
        parsed = sqlglot.parse_one(text, dialect=grammar)
        assert isinstance(parsed, sqlglot.exp.Query), dialect


@pytest.mark.parametrize("kpi", DEFINITIONS, ids=named)
def test_records_have_the_columns_of_their_form(kpi: Kpi) -> None:
    schema = kpi.records(UnboundFacts(), scope()).schema()
    assert schema["record_id"].is_string()
    assert schema["excluded_reason"].is_string()
    assert schema["event_at"].is_timestamp()
    assert schema["event_at"].timezone is None
    assert "service_id" in schema
    for column, kind in REQUIRED[kpi.form].items():
        assert str(schema[column]) == kind
    missing = [name for name in kpi.dimensions if name not in schema]
    assert not missing


@pytest.mark.parametrize("kpi", DEFINITIONS, ids=named)
def test_no_facts_give_no_records(kpi: Kpi, no_facts: DuckFacts) -> None:
    assert no_facts.rows(kpi.records(no_facts, scope())) == []


@pytest.mark.parametrize("kpi", DEFINITIONS, ids=named)
def test_only_the_facts_that_are_named_are_read(kpi: Kpi) -> None:
    seen: set[str] = set()

    class Watching(UnboundFacts):
        def __getattr__(self, name: str) -> ibis.Table:
            seen.add(name)
            return super().__getattr__(name)

    kpi.records(Watching(), scope())
    assert seen == set(kpi.reads)


@pytest.mark.parametrize("kpi_id", OURS)
def test_docstring_carries_every_label(kpi_id: str) -> None:
    module = __import__(f"fairlead.kpis.{kpi_id}", fromlist=["KPI"])
    first, labels = labels_of(module.__doc__ or "")
    assert first.endswith(".")
    assert [label for label in LABELS if not labels.get(label)] == []
    assert "Version: 1." in labels["Source"]
    assert module.KPI.id == kpi_id


def test_every_peer_defines_the_four_keys() -> None:
    four = {
        "deployment_frequency",
        "lead_time_for_changes",
        "change_failure_rate",
        "time_to_restore",
    }
    tools = peer_definitions()
    assert set(tools) == {"devlake", "gitlab", "fourkeys", "middleware", "pelorus"}
    for tool, definitions in tools.items():
        assert four <= set(definitions)
        assert {kpi.definition for kpi in definitions.values()} == {tool}


@pytest.mark.diagnostic("FL4103")
def test_unknown_peer_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DiagnosticError) as caught:
        peer_definition("change_failure_rate", "devlak")
    found = caught.value.diagnostics[0]
    assert found.code == "FL4103"
    assert found.message == "there is no definition `devlak` of `change_failure_rate`"
    assert found.notes == (
        "allowed: `fairlead`, `devlake`, `fourkeys`, `gitlab`, `middleware`, `pelorus`",
    )
    assert found.help == "did you mean `devlake`?"


@pytest.mark.parametrize(
    ("kpi_id", "setting", "value"),
    [
        ("deployment_frequency", "mechanisms", "code"),
        ("lead_time_for_changes", "authors", "robots"),
        ("change_failure_rate", "observation_seconds", 0),
        ("time_to_restore", "strict", "yes"),
        ("within_target_ratio", "target_seconds", -1),
        ("pipeline_success_rate", "branches", "main"),
        ("pipeline_success_rate", "pipelines", "golden"),
    ],
)
@pytest.mark.diagnostic("FL1007")
def test_setting_that_is_not_allowed_is_refused(kpi_id: str, setting: str, value: object) -> None:
    with pytest.raises(DiagnosticError) as caught:
        kpis()[kpi_id].records(UnboundFacts(), scope(as_of="2026-01-20T00:00", **{setting: value}))
    found = caught.value.diagnostics[0]
    assert found.code == "FL1007"
    assert found.message == f"setting `{setting}` is `{value}`"
    assert found.notes[0].startswith("allowed: ")
