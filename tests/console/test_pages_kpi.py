"""The pages of a KPI: number, parts in any order, records, files, and what cannot be asked."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from fairlead.web.desk import desk
from fairlead.web.questions import PERIODS
from fairlead.web.snapshots import Asked
from tests.console.conftest import Login

OCTOBER = "period=2026-10"


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def file_of(answer: object) -> str:
    return b"".join(answer).decode()  # type: ignore[call-overload]


def october(kpi_id: str, **more: str) -> Asked:
    """The question of the page's address, put together by hand."""
    from fairlead.kernel.window import parse_period

    window = parse_period("2026-10", "Europe/Berlin", desk().workspace.clock.now())
    return Asked(window=window, filter=tuple(more.items()), kpi_id=kpi_id, records_limit=50)


def test_number_of_the_page_is_that_of_the_engine(login: Login, facts: None) -> None:
    card = desk().snapshots.wait(october("change_failure_rate")).cards[0]
    measure = card.measure
    assert measure
    assert measure.value is not None
    assert measure.denominator
    assert measure.value == pytest.approx((measure.numerator or 0) / measure.denominator)
    page = text_of(login("viewer").get(f"/kpi/change_failure_rate?{OCTOBER}"))
    assert f"{measure.value * 100:.1f}" in page
    assert f"<dt>Denominator</dt><dd>{measure.denominator:,.0f}</dd>" in page
    assert f"{card.records_count:,}</a>" in page
    for heading in ("Breakdown", "Worst", "Most improved", "Companion figures", "Definition"):
        assert heading in page
    assert "GitLab and Four Keys count incidents" in page


def test_filter_of_the_address_narrows_every_number(login: Login, facts: None) -> None:
    client = login("viewer")
    whole = desk().snapshots.wait(october("deployment_frequency")).cards[0].measure
    part = desk().snapshots.wait(october("deployment_frequency", team_id="payments")).cards[0]
    assert whole
    assert part.measure
    assert 0 < part.measure.n < whole.n
    page = text_of(client.get(f"/kpi/deployment_frequency?{OCTOBER}&team=payments"))
    assert f"<dt>n</dt><dd>{part.measure.n:,}</dd>" in page
    assert '<option value="payments" selected>' in page
    assert "team Payments" in page


def names_in_order(page: str) -> list[str]:
    table = page[page.index('id="parts"') :].split("<tbody>")[1].split("</tbody>")[0]
    return re.findall(r'<th scope="row"><a href="/service/([^"]+)">', table)


def test_parts_sort_by_any_column_in_both_directions(login: Login, facts: None) -> None:
    client = login("viewer")
    base = f"/kpi/deployment_frequency?{OCTOBER}&by=service"
    parts = desk().snapshots.wait(october("deployment_frequency")).cards[0].parts["service"]
    counts = {part.key["service_id"]: part.n for part in parts}
    up = names_in_order(text_of(client.get(f"{base}&sort=n")))
    down = names_in_order(text_of(client.get(f"{base}&sort=-n")))
    assert len(up) == len(counts) > 5
    assert [counts[name] for name in up] == sorted(counts.values())
    assert [counts[name] for name in down] == sorted(counts.values(), reverse=True)
    page = text_of(client.get(f"{base}&sort=name"))
    assert 'aria-sort="ascending"' in page
    assert names_in_order(page) == sorted(names_in_order(page))


def test_records_are_paged_and_each_stands_once(login: Login, facts: None) -> None:
    client = login("viewer")
    total = desk().snapshots.wait(october("pipeline_success_rate")).cards[0].records_count
    assert total > 100
    seen: list[str] = []
    for number in range(1, -(-total // 50) + 1):
        page = text_of(client.get(f"/kpi/pipeline_success_rate/records?{OCTOBER}&page={number}"))
        rows = page.split("<tbody>")[1].split("</tbody>")[0].count("<tr>")
        seen += [f"{number}-{row}" for row in range(rows)]
        assert f"of {total:,}</span>" in page
    assert len(seen) == total


def test_records_file_holds_them_all_with_exact_values(login: Login, facts: None) -> None:
    client = login("director")
    card = desk().snapshots.wait(october("change_failure_rate")).cards[0]
    answer = client.get(f"/kpi/change_failure_rate/records.csv?{OCTOBER}")
    assert 'filename="change_failure_rate-records.csv"' in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(file_of(answer))))
    assert len(rows) == card.records_count
    counted = [row for row in rows if not row["excluded_reason"]]
    assert card.measure
    assert len(counted) == card.measure.denominator
    assert sum(int(row["numerator"]) for row in counted) == card.measure.numerator
    parts = json.loads(text_of(client.get(f"/kpi/change_failure_rate/by-team.json?{OCTOBER}")))
    assert sum(row["denominator"] for row in parts) == card.measure.denominator


@pytest.mark.parametrize("name", ["by-team", "by-tier", "by-service", "trend", "left-out"])
@pytest.mark.parametrize("ending", ["csv", "json"])
def test_every_table_has_its_files(name: str, ending: str, login: Login, facts: None) -> None:
    answer = login("director").get(f"/kpi/lead_time_for_changes/{name}.{ending}?{OCTOBER}")
    assert answer.status_code == 200
    body = file_of(answer) if ending == "csv" else text_of(answer)
    assert len(body) > 20


def test_a_viewer_reads_the_page_but_takes_no_files(login: Login, facts: None) -> None:
    client = login("viewer")
    assert "Download as" not in text_of(client.get(f"/kpi/change_failure_rate?{OCTOBER}"))
    assert client.get(f"/kpi/change_failure_rate/records.csv?{OCTOBER}").status_code == 403


def test_unknown_kpi_is_not_found_and_names_the_near_one(login: Login, facts: None) -> None:
    client = login("viewer")
    answer = client.get("/kpi/change_failure_rates")
    assert answer.status_code == 404
    assert "did you mean `change_failure_rate`?" in text_of(answer)
    assert client.get("/definitions/nothing_like_it").status_code == 404


def test_kpi_without_a_source_says_what_to_connect(login: Login, facts: None) -> None:
    page = text_of(login("viewer").get("/kpi/unit_cost"))
    assert "not connected" in page
    assert 'href="/sources/connect/focus"' in page
    assert ">0<" not in page


@pytest.mark.diagnostic("FL4114")
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sort=vaule", "did you mean `value`?"),
        ("by=region", "`by` cannot be `region`"),
        ("page=0", "pages are numbered from 1"),
        ("page=1e9", "`page` cannot be `1e9`"),
    ],
)
def test_choice_that_the_page_does_not_have_is_refused(
    query: str, says: str, login: Login, facts: None
) -> None:
    answer = login("viewer").get(f"/kpi/change_failure_rate?{OCTOBER}&by=team&{query}")
    assert (answer.status_code, says in text_of(answer)) == (400, True)
    assert "FL4114" in text_of(answer)


@pytest.mark.parametrize(
    ("query", "code"),
    [("period=soon", "FL4102"), ("team=paymnts", "FL4105"), ("as_of=later", "FL4106")],
)
def test_what_cannot_be_asked_is_answered_not_crashed(
    query: str, code: str, login: Login, facts: None
) -> None:
    for path in ("/", "/kpi/change_failure_rate", "/kpi/change_failure_rate/records"):
        answer = login("viewer", email=f"{code}{len(path)}@acme.invalid").get(f"{path}?{query}")
        assert (answer.status_code, code in text_of(answer)) == (400, True), path


def test_every_period_that_the_form_offers_can_be_asked(login: Login, facts: None) -> None:
    client = login("viewer")
    for period in PERIODS:
        answer = client.get(f"/kpi/deployment_frequency?period={period}")
        assert answer.status_code == 200, period


def test_markup_in_an_address_stays_text(login: Login, facts: None) -> None:
    client = login("viewer")
    hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    for path in (f"/catalog?q={hostile}", f"/kpi/change_failure_rate?{OCTOBER}&x={hostile}"):
        assert "<script>alert" not in text_of(client.get(path))


def test_definitions_list_every_kpi_and_say_where_others_differ(login: Login) -> None:
    client = login("viewer")
    from fairlead.packs.scorecard import SCORECARD

    page = text_of(client.get("/definitions"))
    assert all(f"/definitions/{line.kpi_id}" in page for line in SCORECARD)
    one = text_of(client.get("/definitions/change_failure_rate"))
    assert "By the rules of devlake" in one
    assert "observation_seconds" in one
    assert "is not computed here yet" in text_of(client.get("/definitions/unit_cost"))
