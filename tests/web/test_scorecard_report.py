"""The report behind the scorecard page: what it says, counted by hand from the sample."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fairlead.kernel.measure import Measure, Scorecard, Target
from fairlead.reports.kpi_records import records_table
from fairlead.reports.misses import is_miss_proven, miss_ratio, worst_misses_first
from fairlead.reports.scorecard import ScorecardReport, scorecard_report
from tests.web import sample
from tests.web.sample import HOSTILE, NOW, WINDOW


def report_of(card: Scorecard) -> ScorecardReport:
    return scorecard_report(card, sample.model(), {})


@pytest.fixture(scope="module")
def report() -> ScorecardReport:
    return report_of(sample.scorecard())


def test_headline_and_counts_say_how_many_lines_stand_in_which_state(
    report: ScorecardReport,
) -> None:
    assert report.headline == "3 of 7 KPIs with a target meet it, 1 is off; 17 of 26 not connected."
    assert {count.words: count.number for count in report.counts} == {
        "on target": 3, "near target": 1, "off target": 1, "unproven": 2, "no target": 1,
        "no value": 1, "not connected": 17,
    }  # fmt: skip


def test_proven_miss_comes_first_then_silent_sources_then_unknown_quality(
    report: ScorecardReport,
) -> None:
    assert [item.anchor for item in report.attention] == [
        "kpi-change_failure_rate", "sources", "kpi-pipeline_success_rate",
    ]  # fmt: skip
    first, sources, third = report.attention
    assert first.reasons[0] == "Target ≤ 15.0 %; the whole 95 % interval misses it"
    assert first.reasons[1] == "It has changed for the worse lately, more than noise explains"
    assert first.reasons[2].startswith("Look first at team ")
    assert sources.reasons[0] == "Nothing from pagerduty for 5 d"
    assert sources.reasons[1] == f"Nothing from {HOSTILE} yet"
    assert third.reasons[0].startswith("Data grade D: runs known 310 of 1,000; pull attempts")


def test_green_numbers_need_no_attention() -> None:
    card = replace(sample.empty(), cards=[sample.meeting()])
    found = report_of(card)
    assert found.attention == []
    assert found.headline == "The one KPI with a target meets it."


def test_nothing_connected_is_no_success() -> None:
    found = report_of(sample.empty())
    assert found.headline == "No KPI can be judged against a target yet; 26 of 26 not connected."
    assert found.scope == "team Payments"
    assert sum(len(group.gaps) for group in found.groups) == 26


def test_miss_is_the_share_of_the_target_that_is_missed() -> None:
    measure = Measure("x", {}, WINDOW, NOW, 0.3, low=0.2, high=0.4, target=Target(value=0.15))
    assert miss_ratio(measure, "down") == pytest.approx(1.0)
    assert miss_ratio(measure, "up") == 0.0
    assert is_miss_proven(measure, "down") is True
    assert is_miss_proven(replace(measure, low=0.1), "down") is False
    assert is_miss_proven(replace(measure, low=None), "down") is None


def test_miss_of_a_band_is_taken_from_its_nearer_end() -> None:
    measure = Measure("x", {}, WINDOW, NOW, 1.2, target=Target(low=0.8, high=1.0))
    assert miss_ratio(measure, "band") == pytest.approx(0.2)
    assert miss_ratio(replace(measure, value=0.6), "band") == pytest.approx(0.25)
    assert miss_ratio(replace(measure, value=0.9), "band") == 0.0


def test_within_one_status_the_proven_and_larger_miss_comes_first() -> None:
    base = Measure("x", {}, WINDOW, NOW, 0.2, low=0.1, high=0.3, target=Target(value=0.15),
                   status="red")  # fmt: skip
    large, proven = replace(base, value=0.5), replace(base, value=0.2, low=0.16)
    green = replace(base, value=0.1, status="green")
    assert worst_misses_first([base, large, proven, green], "down") == [proven, large, base, green]


def test_sentences_say_interval_target_baseline_and_warning(report: ScorecardReport) -> None:
    (section,) = [s for g in report.groups for s in g.sections if "failure_rate" in s.anchor]
    assert section.sentences == [
        "95 % interval 17.7 to 27.9 % (n 254).",
        "Target ≤ 15.0 %, declared in workspace/targets/delivery.yaml:12.",
        "In the period before it was 16.1 %: 39 % worse, more than chance explains.",
        "Trend: has changed for the worse: outside what its earlier weeks explain.",
        "Warning: source silent: pagerduty.",
    ]
    assert section.value_note == "57 of 254"


def test_absent_value_is_its_reason_and_not_zero(report: ScorecardReport) -> None:
    (section,) = [s for g in report.groups for s in g.sections if s.anchor == "kpi-time_to_restore"]
    assert section.value == "no incidents"
    assert section.sentences[0] == "There is no value: no incidents. It is not zero."


def test_exclusions_are_listed_largest_first_without_zeros(report: ScorecardReport) -> None:
    (section,) = [s for g in report.groups for s in g.sections if "failure_rate" in s.anchor]
    assert section.exclusions is not None
    assert [tuple(row) for row in section.exclusions.rows] == [
        ("pending", "31"), ("retry", "12"), ("rollback itself", "4"),
    ]  # fmt: skip


def test_commands_ask_the_same_question_and_quote_the_scope() -> None:
    card = replace(sample.scorecard(), scope={"team_id": "pay; rm -rf /"}, cards=[sample.meeting()])
    (section,) = report_of(card).groups[0].sections
    assert section.commands[1] == (
        "fairlead kpi records deployment_frequency --period 2026-07-01..2026-10-01 "
        "--as-of 2026-10-05T06:30:00Z --team 'pay; rm -rf /'"
    )


def test_records_show_filled_columns_in_reading_order_and_how_many_there_are() -> None:
    table = records_table(sample.failing(), WINDOW.zone)
    assert table is not None
    assert [column.name for column in table.columns] == [
        "when", "service", "record", "numerator", "denominator", "left out because",
    ]  # fmt: skip
    # The window ends at midnight in Berlin; the first record lies an hour before.
    assert list(table.rows[0]) == ["30 Sep 2026 23:00", "checkout", "deployment:0000", "1", "1",
                                   "pending"]  # fmt: skip
    assert table.note == "the latest 20 of 301 records"


def test_weakest_data_stand_first_with_what_they_limit(report: ScorecardReport) -> None:
    assert report.quality is not None
    rows = [tuple(row) for row in report.quality.rows]
    assert rows[0][:4] == ("runs known", "31.0 %", "310 of 1,000", "Pipeline success rate")
    assert rows[-1][1] == "no records"


def test_gaps_of_a_source_are_counted_with_the_longest(report: ScorecardReport) -> None:
    assert report.sources is not None
    states = {row[0]: (row[2], row[5]) for row in report.sources.rows}
    assert states["pagerduty"] == ("silent", "1, longest 4 d")
    assert states["github"] == ("alive", "none")
