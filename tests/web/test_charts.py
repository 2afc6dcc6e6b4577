"""Charts: what is drawn where, what stands in words, and that nothing but marks gets in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

import fairlead.web
from fairlead.kernel.measure import Measure, Target, Trend, TrendPoint
from fairlead.web.charts import (
    PALETTE,
    Annotation,
    Chart,
    Part,
    StackedRow,
    TrendSubject,
    distribution_chart,
    interval_chart,
    sparkline,
    stacked_chart,
    trend_chart,
)
from tests.web.sample import HOSTILE, NOW, WINDOW, trend

SUBJECT = TrendSubject("Failures", "count", "down", Target(value=5.4), WINDOW)
COLOUR = re.compile(r"^(none|transparent|#[0-9a-f]{6})$")


def elements(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter())


def marked(svg: str, css_class: str) -> list[ElementTree.Element]:
    return [e for e in elements(svg) if css_class in e.get("class", "").split()]


def tooltips(svg: str) -> list[str]:
    root = ElementTree.fromstring(svg)
    found = [e.text or "" for e in root.iter() if e.tag.endswith("}title")]
    return found[1:]


def drawn(found: Chart | None) -> Chart:
    assert found is not None
    return found


def part(name: str, value: float | None, **more: object) -> Part:
    measure = Measure("x", {"service_id": name}, WINDOW, NOW, value, n=10)
    return Part(name, replace(measure, **more))  # type: ignore[arg-type]


def chart_of(values: list[float | None], **more: object) -> Chart:
    return drawn(trend_chart("c", trend("x", values, **more), SUBJECT))  # type: ignore[arg-type]


def test_missing_week_breaks_the_line_and_is_marked_with_its_reason() -> None:
    chart = chart_of([1.0, 2.0, None, 4.0, 10.0])
    (line,) = [e for e in marked(chart.svg, "cs-line") if e.tag.endswith("path")]
    assert (line.get("d") or "").count("M") == 2
    absent = [text for text in tooltips(chart.svg) if "no value" in text]
    assert absent == ["week of 7 Sep 2026: no value, source silent"]


def test_signals_are_diamonds_of_their_own_colour_and_say_so() -> None:
    chart = chart_of([1.0, 2.0, 3.0, 4.0, 10.0], signals=2)
    assert len(marked(chart.svg, "cf-signal")) == 2
    assert [text.endswith("signal") for text in tooltips(chart.svg)].count(True) == 2
    assert "signal" in [mark.symbol for mark in chart.legend]


def test_target_line_stands_at_its_value() -> None:
    # The axis goes from 0 to 10 * 1.08 = 10.8 over 210 pixels: 5.4 is 105 pixels from the top.
    chart = chart_of([1.0, 2.0, 3.0, 4.0, 10.0])
    rules = [e for e in marked(chart.svg, "cs-target") if e.tag.endswith("line")]
    assert [(e.get("transform") or "").partition(",")[2] for e in rules] == ["105)"]


def test_natural_limits_are_a_band_between_their_values() -> None:
    # Limits 2.7 to 8.1 of 10.8 over 210 pixels: 157.5 to 52.5 from the top.
    chart = chart_of([1.0, 2.0, 3.0, 4.0, 10.0], limits=(5.0, 2.7, 8.1))
    (band,) = marked(chart.svg, "cf-band")
    assert (band.get("d") or "").startswith("M0,52.5h670v105")


def test_close_values_far_from_zero_say_that_the_axis_does_not_start_there() -> None:
    chart = drawn(trend_chart("c", trend("x", [90.0, 92.0, 91.0]), replace(SUBJECT, target=None)))
    assert chart.unit == "count, not from 0"
    assert chart_of([1.0, 10.0]).unit == "count"


def test_trend_in_words_names_range_latest_target_signals_and_gaps() -> None:
    chart = chart_of([1.0, 2.0, None, 4.0, 10.0], limits=(3.0, 1.0, 5.0), signals=1)
    assert chart.alt == (
        "5 weeks from the week of 24 Aug 2026; latest value 10 in the week of 21 Sep 2026; "
        "lowest 1, highest 10; centre 3, natural limits 1 to 5; target ≤ 5.4; 1 signal, "
        "1 week without a value. The KPI varies within its natural limits: no week differs from "
        "noise."
    )


def test_table_of_a_trend_shows_the_reason_and_never_a_zero() -> None:
    chart = chart_of([1.0, None])
    assert [tuple(row) for row in chart.table.rows] == [
        ("21 Sep 2026", "–", "0", "source silent"),
        ("14 Sep 2026", "1", "40", ""),
    ]


def test_trend_without_any_value_is_no_chart() -> None:
    assert trend_chart("c", trend("x", [None, None]), SUBJECT) is None
    assert trend_chart("c", trend("x", []), SUBJECT) is None
    assert sparkline("s", trend("x", [None]), "count") == ""


def test_durations_are_drawn_in_the_unit_of_their_size() -> None:
    subject = TrendSubject("Lead time", "seconds", "down")
    chart = drawn(trend_chart("c", trend("x", [3600.0, 36_000.0]), subject))
    assert chart.unit == "hours"
    assert "10" in [e.text for e in elements(chart.svg) if e.tag.endswith("}text")]


def test_events_are_annotated_with_their_text() -> None:
    happened = Annotation(WINDOW.end - timedelta(days=20), "freeze began")
    chart = drawn(trend_chart("c", trend("x", [1.0, 2.0, 3.0, 4.0, 5.0]), SUBJECT, [happened]))
    assert "freeze began" in tooltips(chart.svg)


def test_first_week_of_the_window_is_pointed_out() -> None:
    weeks = [float(n) for n in range(20)]
    chart = drawn(trend_chart("c", trend("x", list(weeks)), SUBJECT))
    assert "this period →" in [e.text for e in elements(chart.svg)]


def test_parts_are_drawn_as_dots_with_interval_and_target_each() -> None:
    target = Target(value=4.0)
    parts = [
        part("a", 8.0, low=6.0, high=10.0, status="red", target=target),
        part("b", 2.0, low=1.0, high=3.0, status="green", target=target),
        part("c", None, reason="no_deployments", status="no_value", target=target),
    ]
    chart = drawn(interval_chart("c", "By service", parts, "count", "down"))
    assert len(marked(chart.svg, "cf-bad")) == 1
    assert len(marked(chart.svg, "cf-good")) == 1
    assert "no deployments" in [e.text for e in elements(chart.svg)]
    assert sorted(tooltips(chart.svg)) == [
        "a: 8, 95 % 6 to 10, off target",
        "b: 2, 95 % 1 to 3, on target",
    ]
    assert chart.alt == (
        "3 rows, those that need attention first; lower is better; 1 off target: a 8."
    )


def test_dot_of_a_part_stands_at_its_value() -> None:
    # The axis goes from 0 to 10 * 1.02 = 10.2 over 780 - 170 - 170 = 440 pixels.
    parts = [part("a", 5.1, status="red"), part("b", 10.0, status="green")]
    chart = drawn(interval_chart("c", "By service", parts, "count", "down"))
    (dot,) = marked(chart.svg, "cf-bad")
    assert dot.get("transform") == "translate(220,13)"


def test_fifteen_parts_are_drawn_and_all_are_in_the_table() -> None:
    parts = [part(f"s{n}", float(n + 1), status="green") for n in range(20)]
    chart = drawn(interval_chart("c", "By service", parts, "count", "down"))
    assert len(marked(chart.svg, "cf-good")) == 15
    assert len(chart.table.rows) == 20
    assert chart.title == "By service (15 of 20 drawn)"


def test_one_part_is_nothing_to_compare() -> None:
    assert interval_chart("c", "By team", [part("a", 1.0)], "count", "down") is None


def test_parts_of_one_name_stay_two_rows() -> None:
    parts = [part("api", 1.0, status="green"), part("api", 2.0, status="green")]
    chart = drawn(interval_chart("c", "By service", parts, "count", "down"))
    assert "api (2)" in [e.text for e in elements(chart.svg)]


def test_stacked_bar_is_divided_in_proportion() -> None:
    # 40 records over 780 - 4 - 16 = 760 pixels: 30 take 570 and 10 take 190.
    bars = [StackedRow("all", {"counted": 30, "pending": 10, "undated": 0})]
    chart = drawn(stacked_chart("c", "What counts", bars, "records"))
    paths = [marked(chart.svg, f"cf-part{n}")[0].get("d") or "" for n in (1, 2)]
    assert [re.search(r"h(\d+)", path)[1] for path in paths] == ["570", "190"]  # type: ignore[index]
    assert [tuple(row) for row in chart.table.rows] == [
        ("counted", "30", "75.0 %"),
        ("pending", "10", "25.0 %"),
    ]


def test_stacked_bar_of_nothing_is_no_chart() -> None:
    assert stacked_chart("c", "x", [StackedRow("all", {"counted": 0})], "records") is None


def test_distribution_gives_quantiles_and_the_share_within_the_target() -> None:
    chart = drawn(
        distribution_chart("c", "Spread", [60.0, 120.0, 180.0, 240.0, 300.0], target=200.0)
    )
    assert dict(chart.table.rows)["50 %"] == "3 min"
    assert dict(chart.table.rows)["25 %"] == "2 min"
    assert "60 % within the target of 3.3 min" in chart.alt
    assert chart.unit == "minutes"


def test_widely_spread_durations_get_a_logarithmic_axis() -> None:
    chart = drawn(distribution_chart("c", "Spread", [10.0, 60.0, 600.0, 3600.0, 86_400.0]))
    assert chart.unit == "time, logarithmic"
    texts = [e.text for e in elements(chart.svg) if e.tag.endswith("}text")]
    assert {"1 min", "10 min", "1 h"} <= set(texts)


def test_fewer_than_five_durations_are_no_distribution() -> None:
    assert distribution_chart("c", "Spread", [1.0, 2.0, 3.0, 4.0]) is None


def test_sparkline_breaks_at_gaps_and_speaks() -> None:
    svg = sparkline("s", trend("x", [1.0, 2.0, None, 3.0]), "count", Target(value=2.0))
    assert svg.count("<polyline") == 2
    assert '<title id="s">4 weeks, latest 3, steady</title>' in svg
    assert svg.count("spark-target") == 1


def every_chart() -> list[Chart]:
    parts = [part(HOSTILE, 1.0, status="red", target=Target(value=2.0)), part("b", 2.0)]
    return [
        chart_of([1.0, None, 3.0, 10.0], limits=(3.0, 1.0, 5.0), signals=1),
        drawn(interval_chart("i", "By service", parts, "count", "up")),
        drawn(stacked_chart("s", "Counts", [StackedRow("a", {HOSTILE: 3, "x": 4})], "records")),
        drawn(distribution_chart("d", "Spread", [1.0, 2.0, 3.0, 4.0, 500.0], {"median": 3.0}, 9.0)),
    ]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_each_chart_is_marks_and_text_of_the_palette_with_a_text_alternative(place: int) -> None:
    chart = every_chart()[place]
    allowed = {"svg", "g", "path", "line", "text", "title", "desc", "rect", "circle"}
    for svg in (chart.svg, chart.narrow_svg):
        found = elements(svg)
        assert {e.tag.rpartition("}")[2] for e in found} <= allowed
        colours = {e.get(name, "none") for e in found for name in ("fill", "stroke")}
        assert colours <= {*PALETTE.values(), "none", "transparent"}
        assert not [name for e in found for name in e.attrib if name.startswith(("on", "href"))]
        assert (found[0].get("role"), found[1].text, found[2].text) == (
            "img",
            chart.title,
            chart.alt,
        )
    assert len(chart.svg) < 20_000


def test_ids_differ_between_the_wide_and_the_narrow_drawing() -> None:
    chart = every_chart()[0]
    ids = [
        e.get("id") for svg in (chart.svg, chart.narrow_svg) for e in elements(svg) if e.get("id")
    ]
    assert len(ids) == 4
    assert len(set(ids)) == 4


def test_every_colour_of_the_palette_has_a_class_in_the_theme() -> None:
    css = (Path(fairlead.web.__file__).parent / "assets" / "charts.css").read_text("utf-8")
    used = set(re.findall(r"c[fs]-\w+", " ".join(c.svg + c.narrow_svg for c in every_chart())))
    assert used
    assert not [name for name in used if f".{name} " not in css]


def test_month_points_carry_their_own_period() -> None:
    months = WINDOW.periods("month")
    points = [TrendPoint(w, float(n), 1) for n, w in enumerate(months, start=1)]
    found = Trend("x", "month", points, None, None, None, "too_few", None, "too few")
    chart = drawn(trend_chart("c", found, SUBJECT))
    assert tooltips(chart.svg)[0] == "month of 1 Jul 2026: 1 (n 1)"
