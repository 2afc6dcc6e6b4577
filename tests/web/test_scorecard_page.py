"""The scorecard page: self-contained, safe with any name, complete without JavaScript."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace

from fairlead.kernel.measure import Scorecard
from fairlead.web.pages import marked, tidy
from fairlead.web.scorecard_page import scorecard_page
from tests.web import sample
from tests.web.html_tree import Element
from tests.web.sample import HOSTILE, HOSTILE_QUOTE

LOADING = ("src", "href", "srcset", "action", "data", "poster", "xlink:href")


def test_page_loads_nothing_from_anywhere(page: Element, page_html: str) -> None:
    for element in page.walk():
        for name in LOADING:
            assert element.attributes.get(name, "#").startswith("#"), element.attributes
        assert "url(" not in element.attributes.get("style", "")
    css = page.find("style")[0].texts[0]
    assert "url(" not in css
    assert "@import" not in css
    assert set(re.findall(r"https?://[^\s\"'<]+", page_html)) == {"http://www.w3.org/2000/svg"}


def test_page_holds_no_script_and_forbids_them(page: Element) -> None:
    assert page.find("script", "iframe", "object", "embed", "form", "link") == []
    assert not [name for e in page.walk() for name in e.attributes if name.lower().startswith("on")]
    policies = [m.attributes.get("content", "") for m in page.find("meta")]
    assert [p for p in policies if p.startswith("default-src 'none'") and "script" not in p]


def test_hostile_names_are_only_read(page: Element) -> None:
    heads = [e.text for e in page.find("th")]
    assert HOSTILE in heads
    assert " ".join(HOSTILE_QUOTE.split()) in heads
    assert f"Checkout {HOSTILE}" in heads


def test_ids_are_unique_and_every_link_has_its_place(page: Element) -> None:
    ids = Counter(e.attributes["id"] for e in page.walk() if "id" in e.attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    for element in page.walk():
        target = element.attributes.get("href", "")
        if target.startswith("#"):
            assert target[1:] in ids, target
        for name in ("aria-labelledby", "for"):
            for wanted in element.attributes.get(name, "").split():
                assert wanted in ids, wanted


def test_each_picture_has_a_text_alternative_or_is_hidden(page: Element) -> None:
    pictures = page.find("svg")
    assert len(pictures) > 100
    for picture in pictures:
        if picture.attributes.get("aria-hidden") == "true":
            continue
        assert picture.attributes.get("role") == "img"
        named = picture.attributes["aria-labelledby"].split()
        assert all(page.by_id(wanted).text for wanted in named)


def test_headings_descend_one_level_at_a_time(page: Element) -> None:
    levels = [int(e.tag[1]) for e in page.find("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [b for a, b in itertools.pairwise(levels) if b > a + 1] == []


def test_tables_have_a_caption_and_headers_with_scope(page: Element) -> None:
    tables = page.find("table")
    assert len(tables) > 20
    for table in tables:
        assert table.find("caption")[0].text
        heads = table.find("thead")[0].find("th")
        assert all(head.attributes.get("scope") == "col" for head in heads)
        for row in table.find("tbody")[0].find("tr"):
            assert [cell.tag for cell in row.children] == ["th"] + ["td"] * (len(heads) - 1)


def test_each_state_is_said_in_words_beside_its_colour(page: Element) -> None:
    pills = {e.text for e in page.walk() if "pill" in e.attributes.get("class", "").split()}
    assert {
        "on target", "near target", "off target", "unproven", "unknown quality", "no target",
        "no value", "on target, not proven", "silent",
    } <= pills  # fmt: skip


def test_absent_value_is_shown_as_its_reason(page: Element) -> None:
    section = page.by_id("kpi-time_to_restore")
    values = [e.text for e in section.walk() if "tile-value" in e.attributes.get("class", "")]
    assert values == ["no incidents"]
    assert "No trend: no complete period has a value yet." in section.text


def test_true_zero_is_a_value(page: Element) -> None:
    section = page.by_id("kpi-incident_rate_by_severity")
    values = [e.text for e in section.walk() if "tile-value" in e.attributes.get("class", "")]
    assert values == ["0 per 30 days"]


def test_section_leads_from_the_number_to_records_and_definition(page: Element) -> None:
    section = page.by_id("kpi-change_failure_rate")
    summaries = [e.text for e in section.find("summary")]
    for wanted in ("By team", "By tier", "By service", "Companion figures", "Data quality",
                   "Records", "Definition and how to get the same"):  # fmt: skip
        assert any(text.startswith(wanted) for text in summaries), wanted
    captions = [e.text for e in section.find("caption")]
    assert "Records behind Change failure rate (the latest 20 of 301 records)" in captions
    terms = {e.text for e in section.find("dt")}
    assert {"What", "Grain", "Window", "Null", "Differs", "Source"} <= terms
    assert "fairlead kpi show change_failure_rate --by service --trend" in section.text


def test_spread_and_outcomes_are_drawn_only_from_enough_records(page: Element) -> None:
    # 109 of the 120 listed changes count, which is above 100; of the next card only 20 are listed.
    assert "Spread of the latest 109 records" in page.by_id("kpi-lead_time_for_changes").text
    assert "Outcomes of the latest 109 records" in page.by_id("kpi-pipeline_success_rate").text
    few = replace(sample.unproven(), records=sample.records("change", 20))
    card = replace(sample.empty(), cards=[few])
    assert "Spread of" not in scorecard_page(card, sample.model())


def test_header_names_scope_window_zone_and_knowledge_instant(page: Element) -> None:
    text = page.text
    assert "1 Jul to 30 Sep 2026" in text
    assert "(92 days, Europe/Berlin)" in text
    # 06:30 UTC is 08:30 in Berlin in October.
    assert "As of 5 Oct 2026 08:30" in " ".join(page.by_id("summary").text.split())


def test_lines_without_a_source_say_what_to_connect(page: Element) -> None:
    gaps = page.by_id("gaps")
    assert len(gaps.find("li")) == 17
    (slo,) = [e for e in gaps.find("li") if "SLO attainment" in e.text]
    assert [e.text for e in slo.find("code")][:2] == ["prometheus", "datadog"]


def test_empty_workspace_gets_a_page_that_says_what_to_do(empty_page: Element) -> None:
    text = empty_page.text
    assert "No KPI can be judged against a target yet; 26 of 26 not connected." in text
    assert "There is no number yet that could need it. Connect a source first." in text
    assert "No source has delivered anything yet." in text
    assert len(empty_page.by_id("gaps").find("li")) == 26


def test_scorecard_without_lines_is_still_a_page() -> None:
    card = sample.empty()
    html = scorecard_page(
        Scorecard("x", {}, card.window, card.as_of, card.made_at, []), sample.model()
    )
    assert "This scorecard has no lines." in html


def test_page_is_small_enough_to_send(page_html: str) -> None:
    assert len(page_html.encode()) < 3_000_000


def test_same_scorecard_gives_the_same_page(page_html: str) -> None:
    assert scorecard_page(sample.scorecard(), sample.model()) == page_html


def test_backticks_become_code_and_markup_stays_text() -> None:
    assert str(marked("see `a<b` & c")) == "see <code>a&lt;b</code> &amp; c"
    assert str(marked("one ` alone <i>")) == "one ` alone &lt;i&gt;"


def test_number_and_unit_stay_on_one_line() -> None:
    assert tidy("95 % of 3 h (n 12)") == "95\u00a0% of 3\u00a0h (n\u00a012)"
