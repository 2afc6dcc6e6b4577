"""Mapping files: every finding of a wrong one, and the readings of single values."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from fairlead.connectors.contract import MappingContext, MappingError, Payload
from fairlead.connectors.mapping import CONNECTOR, check_mapping
from fairlead.facts import fact_types
from fairlead.kernel.diagnostic import Diagnostic, DiagnosticError
from tests.connectors.answers import NOW


def records(**record: Any) -> dict[str, Any]:
    columns = {
        "event_ref": "id",
        "deployment_ref": "id",
        "event_at": "at",
        "state": {"const": "success"},
    }
    return {"records": [{"fact": "deployment_events", "columns": columns, **record}]}


def columns(**more: Any) -> dict[str, Any]:
    settings = records()
    settings["records"][0]["columns"] |= more
    return settings


def only(settings: dict[str, Any]) -> Diagnostic:
    (finding,) = check_mapping(settings)
    assert finding.code == "FL3111"
    return finding


def place(finding: Diagnostic) -> str:
    assert finding.place is not None
    return str(finding.place.payload_path)


def values(row: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    body = {"id": "1", "at": "2026-01-05T10:00:00Z", **row}
    (fact,) = CONNECTOR.map_payload(Payload(body), MappingContext("tool", NOW, settings)).facts
    return dict(fact.values)


def refusal(row: dict[str, Any], settings: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(MappingError) as caught:
        values(row, settings)
    return caught.value.code, caught.value.path


def test_right_mapping_has_no_finding() -> None:
    assert check_mapping(records()) == []


@pytest.mark.diagnostic("FL3111")
def test_unknown_fact_type_is_named_with_a_near_match() -> None:
    finding = only(records(fact="deployment_event"))
    assert finding.message == "unknown fact type `deployment_event`"
    assert finding.help == "did you mean `deployment_events`?"
    assert place(finding) == "records[0].fact"


def test_unknown_column_is_named_with_a_near_match_and_the_allowed_set() -> None:
    finding = only(columns(enviroment="env"))
    assert finding.message == "unknown column of `deployment_events` `enviroment`"
    assert finding.help == "did you mean `environment`?"
    assert "environment_tier" in finding.notes[0]
    assert place(finding) == "records[0].columns.enviroment"


@pytest.mark.parametrize(
    ("rule", "at", "word"),
    [
        ({"path": "s", "map": {"OK": "sucess"}}, "state.map.OK", "sucess"),
        ({"path": "s", "default": "broken"}, "state.default", "broken"),
        ({"const": "done"}, "state.const", "done"),
    ],
)
def test_value_outside_the_allowed_set_is_named(rule: Any, at: str, word: str) -> None:
    finding = only(columns(state=rule))
    assert finding.message == f"unknown value of `state` `{word}`"
    assert "success" in finding.notes[0]
    assert place(finding) == f"records[0].columns.{at}"


def test_missing_key_column_is_named() -> None:
    settings = records()
    del settings["records"][0]["columns"]["event_ref"]
    finding = only(settings)
    assert finding.message == "key column `event_ref` of `deployment_events` is missing"


def test_mapping_without_order_and_event_instant_is_refused() -> None:
    settings = records()
    del settings["records"][0]["columns"]["event_at"]
    assert only(settings).message == (
        "`deployment_events` has neither `order` nor the column `event_at`"
    )
    settings["records"][0]["order"] = "rev"
    assert check_mapping(settings) == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"path": "a b"}, "`a b` is no JMESPath"),
        ({"path": "a", "const": "b"}, "exactly one of `path`, `column`, `const` is needed"),
        ({"format": "iso"}, "exactly one of `path`, `column`, `const` is needed, found none"),
        ({"path": "a", "fromat": "iso"}, "unknown key `fromat`"),
        ({"path": "a", "format": "isoo"}, "`isoo` is no format"),
        ({"path": "a", "format": "%d.%m.%Y"}, "`%d.%m.%Y` has no zone"),
        ({"path": "a", "format": "iso", "zone": "Europe/Berln"}, "unknown time zone"),
        (["a"], "a column is a path, or a mapping"),
        ({"path": "a", "map": ["x"]}, "`map` is a mapping"),
    ],
)
def test_wrong_column_rule_is_named(rule: Any, message: str) -> None:
    finding = only(columns(event_at=rule))
    assert finding.message.startswith(message)
    assert place(finding).startswith("records[0].columns.event_at")


def test_csv_column_that_is_no_path_is_sent_to_column() -> None:
    finding = only(columns(service_ref={"path": "Service name"}))
    assert finding.help == "for a CSV column write `column: Service name`"


def test_format_on_a_column_that_is_no_instant_is_refused() -> None:
    assert only(columns(environment={"path": "e", "format": "iso"})).message == (
        "`format` and `zone` are for instants, and this column is text"
    )


def test_source_cannot_be_mapped() -> None:
    assert only(columns(source="s")).message.startswith("`source` is the id")


def test_all_findings_come_at_once_and_stop_the_mapping() -> None:
    settings = columns(enviroment="env", state={"const": "done"})
    settings["records"].append({"fact": "nothing"})
    assert len(check_mapping(settings)) == 3
    with pytest.raises(DiagnosticError) as caught:
        values({}, settings)
    assert [item.code for item in caught.value.diagnostics] == ["FL3111"] * 3


@pytest.mark.parametrize("settings", [{}, {"records": []}, {"records": "x"}, {"records": [1]}])
def test_mapping_without_records_is_refused(settings: dict[str, Any]) -> None:
    assert only(settings).code == "FL3111"


def test_every_fact_type_can_be_declared_by_its_columns() -> None:
    for name, kind in fact_types().items():
        paths = {column: "x" for column in kind.columns if column != "source"}
        assert check_mapping({"records": [{"fact": name, "columns": paths, "order": "x"}]}) == []


@pytest.mark.parametrize(
    ("rule", "raw", "instant"),
    [
        ({"format": "epoch_s"}, "1768039200", datetime(2026, 1, 10, 10, tzinfo=UTC)),
        ({"format": "epoch_s"}, 1768039200.25, datetime(2026, 1, 10, 10, 0, 0, 250000, UTC)),
        ({"format": "epoch_ms"}, "1768039200500", datetime(2026, 1, 10, 10, 0, 0, 500000, UTC)),
        ({"format": "iso"}, "2026-01-10T12:00+02:00", datetime(2026, 1, 10, 10, tzinfo=UTC)),
        (
            {"format": "iso", "zone": "Europe/Berlin"},
            "2026-01-10 11:00:00",
            datetime(2026, 1, 10, 10, tzinfo=UTC),
        ),
        (
            {"format": "%Y%m%d %H%M %z"},
            "20260110 1100 +0100",
            datetime(2026, 1, 10, 10, tzinfo=UTC),
        ),
        # an hour that the clocks show twice: the first, still in summer time
        (
            {"format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"},
            "26.10.2025 02:30",
            datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
        ),
    ],
)
def test_instant_is_read_in_its_format_and_zone(rule: Any, raw: Any, instant: datetime) -> None:
    settings = columns(event_at={"path": "t", **rule})
    assert values({"t": raw}, settings)["event_at"] == instant


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        ({"format": "epoch_s"}, "soon"),
        ({"format": "epoch_s"}, "1e30"),
        ({"format": "iso"}, "2026-01-10T12:00"),
        ({"format": "%d.%m.%Y", "zone": "Europe/Berlin"}, "2026-01-10"),
        ({"format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}, "30.03.2025 02:30"),
    ],
)
def test_instant_that_cannot_be_read_is_refused(rule: Any, raw: Any) -> None:
    assert refusal({"t": raw}, columns(event_at={"path": "t", **rule})) == ("FL3104", "$.t")


def test_numbers_are_whole_finite_and_of_64_bits() -> None:
    settings = columns(sequence_count="n")
    assert values({"n": " 12 "}, settings)["sequence_count"] == 12
    assert values({"n": 3.0}, settings)["sequence_count"] == 3
    assert values({"n": ""}, settings)["sequence_count"] is None
    assert refusal({"n": "1.5"}, settings) == ("FL3102", "$.n")
    assert refusal({"n": "NaN"}, settings) == ("FL3109", "$.n")
    assert refusal({"n": str(2**63)}, settings) == ("FL3109", "$.n")


def test_words_of_truth_are_read_and_others_refused() -> None:
    settings = {
        "records": [
            {
                "fact": "pipeline_jobs",
                "order": "rev",
                "columns": {"job_ref": "id", "allow_failure": "soft"},
            }
        ]
    }
    assert values({"soft": "Yes", "rev": "4"}, settings)["allow_failure"] is True
    assert values({"soft": "0", "rev": "4"}, settings)["allow_failure"] is False
    assert refusal({"soft": "maybe", "rev": "4"}, settings) == ("FL3110", "$.soft")
    assert refusal({"soft": "yes"}, settings) == ("FL3102", "$.rev")


def test_order_is_a_number_as_it_stands_or_an_instant_by_its_format() -> None:
    numbered = records(order="rev")
    dated = records(order={"path": "rev", "format": "epoch_s"})
    context = MappingContext("tool", NOW, numbered)
    body = {"id": "1", "at": "2026-01-05T10:00:00Z", "rev": "7"}
    assert CONNECTOR.map_payload(Payload(body), context).facts[0].order == 7
    context = MappingContext("tool", NOW, dated)
    body["rev"] = "1768039200"
    order = CONNECTOR.map_payload(Payload(body), context).facts[0].order
    assert order == 1768039200 * 1_000_000


def test_key_that_is_spelled_like_the_path_wins_over_the_path() -> None:
    row = {"run.env": "prod", "run": {"env": "staging"}}
    assert values(row, columns(environment="run.env"))["environment"] == "prod"
    assert values({"run": {"env": "staging"}}, columns(environment="run.env"))["environment"] == (
        "staging"
    )


def test_amounts_keep_every_digit() -> None:
    from fairlead.connectors.mapping.declaration import ColumnRule
    from fairlead.connectors.mapping.values import READERS

    assert READERS["amount"]("0.100000000001", ColumnRule(path="a")) == Decimal("0.100000000001")
