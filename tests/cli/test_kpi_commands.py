"""`fairlead kpi`: figures of the small workspace, worked out by hand, and wrong questions.

One of five deployments failed: 0.2, and by the interval of Wilson (z = 1.959964) the centre is
(0.2 + z²/10) / (1 + z²/5) = 0.33034 and the half width 0.29412, so 0.0362 to 0.6245.
"""

from __future__ import annotations

import csv
import io

import pytest

from tests.cli.running import Ran, fairlead

OCTOBER = ("--period", "2026-10")
CFR = "change_failure_rate"


def show(*arguments: str) -> Ran:
    ran = fairlead("kpi", "show", *arguments, *OCTOBER)
    assert ran.code == 0, ran.err
    return ran


@pytest.mark.usefixtures("filled")
def test_value_stands_with_counts_interval_target_and_quality() -> None:
    ran = show(CFR)
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[0] == "Change failure rate · 1 Oct to 31 Oct 2026"
    assert lines[1:6] == [
        "value          20.0 %",
        "counted        1 of 5",
        "95 % interval  3.6 to 62.4 %",
        "target         ≤ 15.0 %, off target",
        "data quality   A (100.0 % known)",
    ]
    assert ran.err == "next: fairlead kpi records change_failure_rate\n"


@pytest.mark.row("K03")
@pytest.mark.usefixtures("filled")
def test_json_carries_the_exact_figures() -> None:
    (row,) = show(CFR, "--format", "json").rows
    assert (row["value"], row["numerator"], row["denominator"], row["n"]) == (0.2, 1, 5, 5)
    assert row["low"] == pytest.approx(0.03622, abs=1e-5)
    assert row["high"] == pytest.approx(0.62447, abs=1e-5)
    assert (row["target"], row["status"]) == ("≤ 15.0 %", "red")


@pytest.mark.usefixtures("filled")
def test_services_stand_worst_first_with_their_trend() -> None:
    ran = show(CFR, "--by", "service", "--trend")
    lines = ran.out.splitlines()
    assert lines[1].split() == ["service", "value", "counted", "95", "%", "interval", "target",
                                "status", "trend"]  # fmt: skip
    assert lines[2].split()[:6] == ["internal-portal", "25.0", "%", "1", "of", "4"]
    assert lines[3].split()[:6] == ["build-cache", "0.0", "%", "0", "of", "1"]
    assert lines[2].endswith("·········█··")
    assert "all too few weeks to judge" in lines[4]
    week = next(line for line in lines if line.startswith("5 Oct 2026"))
    assert week.split() == ["5", "Oct", "2026", "20.0", "%", "5"]
    assert "22 earlier weeks without a value" in lines


@pytest.mark.usefixtures("filled")
def test_narrow_terminal_leaves_out_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = show(CFR, "--by", "service", "--trend").out.splitlines()
    assert "interval" not in lines[1]
    assert lines[2].split()[:6] == ["internal-portal", "25.0", "%", "1", "of", "4"]
    assert max(map(len, lines)) <= 80


@pytest.mark.usefixtures("filled")
def test_trend_as_json_is_one_document_and_as_csv_one_table() -> None:
    found = show(CFR, "--by", "service", "--trend", "--format", "json").rows
    assert [row["value"] for row in found["measures"]] == [0.25, 0.0]
    known = [p for p in found["trend"] if p["value"] is not None]
    assert {(p["service_id"], p["week"], p["value"]) for p in known} == {
        (None, "2026-10-05", 0.2),
        ("internal-portal", "2026-10-05", 0.25),
        ("build-cache", "2026-10-05", 0.0),
    }
    rows = list(csv.DictReader(io.StringIO(show(CFR, "--trend", "--format", "csv").out)))
    assert [row["week"] for row in rows if row["value"]] == ["2026-10-05"]


@pytest.mark.usefixtures("filled")
def test_filters_reach_the_number() -> None:
    (row,) = show(CFR, "--service", "internal-portal", "--format", "json").rows
    assert (row["numerator"], row["denominator"]) == (1, 4)
    (row,) = show(CFR, "--tier", "tier-3", "--format", "json").rows
    assert (row["numerator"], row["denominator"]) == (0, 1)


@pytest.mark.usefixtures("filled")
def test_period_that_no_file_covers_has_a_reason_and_no_number() -> None:
    ran = fairlead("kpi", "show", CFR, "--period", "2026-09", "--format", "json")
    (row,) = ran.rows
    assert (row["value"], row["reason"]) == (None, "source_silent")
    shown = fairlead("kpi", "show", CFR, "--period", "2026-09")
    assert "value          source silent" in shown.out
    empty = fairlead("kpi", "records", CFR, "--period", "2026-09")
    assert empty.out == "no records of change failure rate in 1 Sep to 30 Sep 2026\n"


@pytest.mark.row("K01")
@pytest.mark.usefixtures("filled")
def test_rate_counts_by_the_days_of_the_period() -> None:
    (row,) = show("deployment_frequency", "--format", "json").rows
    assert row["value"] == pytest.approx(5 / 31 * 7)
    assert "value           1.13 a week" in show("deployment_frequency").out


@pytest.mark.row("K04")
@pytest.mark.usefixtures("filled")
def test_duration_is_shown_in_hours_and_exported_in_seconds() -> None:
    (row,) = show("time_to_restore", "--format", "json").rows
    assert (row["value"], row["n"]) == (7200.0, 1)
    assert "value          2 h" in show("time_to_restore").out.replace("2.0 h", "2 h")


@pytest.mark.usefixtures("filled")
def test_records_show_the_telling_columns_and_name_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = fairlead("kpi", "records", CFR, *OCTOBER)
    assert max(map(len, ran.out.splitlines())) <= 80
    assert ran.out.splitlines()[0].split()[:4] == ["event_at", "service", "counted", "record"]
    failed = [line for line in ran.out.splitlines() if "1 of 1" in line]
    assert [line.split()[:3] for line in failed] == [
        ["2026-10-07", "10:00:00Z", "internal-portal"],
    ]
    assert "more columns with --format json or csv: " in ran.err
    rows = fairlead("kpi", "records", CFR, *OCTOBER, "--format", "json").rows
    assert [row["event_at"] for row in rows if row["numerator"]] == ["2026-10-07T10:00:00Z"]
    assert len(rows) == 5


@pytest.mark.usefixtures("filled")
def test_limit_says_how_many_there_are() -> None:
    ran = fairlead("kpi", "records", CFR, *OCTOBER, "--limit", "2", "--format", "csv")
    assert len(ran.out.splitlines()) == 3
    assert "2 of 5 records; --limit 0 gives all" in ran.err


@pytest.mark.usefixtures("filled")
def test_other_definitions_stand_side_by_side() -> None:
    ran = fairlead("kpi", "compare", CFR, *OCTOBER, "--format", "json")
    found = {row["definition"]: (row["numerator"], row["denominator"]) for row in ran.rows}
    assert found["fairlead"] == (1, 5)
    assert set(found) == {"fairlead", "devlake", "fourkeys", "gitlab", "middleware", "pelorus"}
    one = show(CFR, "--definition", "gitlab", "--format", "json").rows[0]
    assert (one["numerator"], one["denominator"]) == found["gitlab"]
    assert show(CFR, "--definition", "gitlab").out.startswith("Change failure rate by gitlab · ")


@pytest.mark.usefixtures("filled")
def test_explain_gives_the_definition_within_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = fairlead("kpi", "explain", CFR)
    assert ran.out.splitlines()[0] == "Change failure rate (`change_failure_rate`)"
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "Null:     null with `no_deployments`" in ran.out
    labels = fairlead("kpi", "explain", CFR, "--format", "json").rows["labels"]
    assert {"Grain", "Window", "Null", "Differs", "Source"} <= set(labels)


@pytest.mark.usefixtures("filled")
def test_list_names_all_26_lines_in_order() -> None:
    rows = fairlead("kpi", "list", "--format", "json").rows
    assert [row["id"] for row in rows if row["id"]] == [f"K{n:02}" for n in range(1, 27)]
    assert "connect prometheus, datadog" in fairlead("kpi", "list").out


@pytest.mark.parametrize(
    ("arguments", "code", "head"),
    [
        pytest.param(["chnge_failure"], 2, "error[FL4101]: there is no KPI `chnge_failure`",
                     marks=pytest.mark.diagnostic("FL4101")),
        pytest.param([CFR, "--period", "octember"], 2, "error[FL4102]: `octember` is no period",
                     marks=pytest.mark.diagnostic("FL4102")),
        pytest.param([CFR, "--period", "2026-13"], 2, "error[FL4102]: `2026-13` is no period"),
        pytest.param([CFR, "--period", "2026-10-05..2026-10-01"], 2,
                     "error[FL4102]: the window ends"),
        pytest.param([CFR, "--definition", "gitlb"], 2,
                     "error[FL4103]: there is no definition `gitlb` of `change_failure_rate`",
                     marks=pytest.mark.diagnostic("FL4103")),
        pytest.param([CFR, "--service", "intrnal-portal"], 2,
                     "error[FL4105]: there is no service `intrnal-portal`",
                     marks=pytest.mark.diagnostic("FL4105")),
        pytest.param([CFR, "--team", "paymnts"], 2, "error[FL4105]: there is no team `paymnts`"),
        pytest.param([CFR, "--tier", "gold"], 2, "error[FL4105]: there is no tier `gold`"),
        pytest.param([CFR, "--by", "colour"], 2,
                     "error[FL4105]: `change_failure_rate` cannot be split by `colour`"),
        pytest.param([CFR, "--as-of", "yesterday"], 2, "error[FL4106]: `yesterday` is no instant",
                     marks=pytest.mark.diagnostic("FL4106")),
        pytest.param([CFR, "--set", "colour=red"], 2,
                     "error[FL1005]: `change_failure_rate` has no setting `colour`"),
        pytest.param([CFR, "--set", "mechanisms=some"], 2,
                     "error[FL1007]: setting `mechanisms` is `some`"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("filled")
def test_wrong_question_is_a_usage_error(arguments: list[str], code: int, head: str) -> None:
    ran = fairlead("kpi", "show", *arguments)
    assert ran.code == code
    assert ran.head.startswith(head)
    assert ran.out == ""
    assert ran.err.splitlines()[-1].startswith("fairlead explain FL")
