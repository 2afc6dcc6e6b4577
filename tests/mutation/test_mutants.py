"""The cases of every KPI notice a seeded sample of wrong changes of its definition."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fairlead.kpis.shelf import kpis
from tests.mutation.judge import Judge, Verdict, cases_of
from tests.mutation.mutants import (
    Mutant,
    equivalents,
    equivalents_of,
    loaded,
    mutants_of,
    shuffled,
    source_of,
)

SEED, SIZE = 20260101, 12
EQUIVALENT = equivalents()


@pytest.fixture(scope="module", params=list(kpis()))
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """The cases of one KPI, opened once for all that is asked of them."""
    cases = cases_of(request.param)
    assert cases, f"`{request.param}` has no cases"
    found = Judge(request.param, cases)
    yield found
    found.close()


def sampled(judge: Judge) -> Iterator[Verdict]:
    """Verdicts on `SIZE` mutants that can be asked at all: those of the KPI's own file first."""
    left, known = SIZE, equivalents_of(judge.kpi.id)
    for mutant in shuffled(judge.kpi.id, SEED):
        if not left:
            return
        if mutant.id in known:
            continue
        verdict = judge.verdict(mutant)
        if verdict.state in ("killed", "survived"):
            left -= 1
            yield verdict


@pytest.mark.engine("duckdb")
def test_cases_kill_the_mutants_of_their_kpi(judge: Judge) -> None:
    found = list(sampled(judge))
    alive = [verdict.mutant.diff() for verdict in found if verdict.state == "survived"]
    assert found
    assert not alive, f"no case of `{judge.kpi.id}` notices\n" + "\n".join(alive)


@pytest.mark.engine("duckdb")
def test_mutants_listed_as_equivalent_exist_and_survive(judge: Judge) -> None:
    known = {mutant.id: mutant for mutant in mutants_of(judge.kpi.id)}
    listed = [entry["id"] for entry in EQUIVALENT if entry["kpis"][0] == judge.kpi.id]
    gone = [mutant_id for mutant_id in listed if mutant_id not in known]
    noticed = [
        f"{verdict.mutant.id} by `{verdict.by}`"
        for verdict in (judge.verdict(known[m], is_known=True) for m in listed if m in known)
        if verdict.state == "killed"
    ]
    assert not gone, f"no such mutants: {gone}"
    assert not noticed, f"not equivalent: {noticed}"


def test_every_listed_mutant_belongs_to_its_kpis_and_has_a_reason() -> None:
    for entry in EQUIVALENT:
        assert entry["reason"].endswith("."), entry["id"]
        for kpi_id in entry["kpis"]:
            assert entry["id"] in {mutant.id for mutant in mutants_of(kpi_id)}, entry["id"]
    ids = [entry["id"] for entry in EQUIVALENT]
    assert len(ids) == len(set(ids))


def test_a_mutant_is_in_force_only_while_it_is_loaded() -> None:
    mutant = _mutant("time_to_restore", "notin")
    with loaded("time_to_restore", mutant) as kpi:
        assert type(kpi) is type(kpis()["time_to_restore"])
        assert kpi.records is not kpis()["time_to_restore"].records
    from fairlead.kpis import time_to_restore

    assert time_to_restore.KPI is kpis()["time_to_restore"]
    assert source_of(mutant.module).text != mutant.text


def test_a_sample_is_the_same_each_time_and_begins_with_the_own_file() -> None:
    first, second = shuffled("change_failure_rate", SEED), shuffled("change_failure_rate", SEED)
    assert first == second
    own = [mutant.module.endswith(".change_failure_rate") for mutant in first]
    assert own == sorted(own, reverse=True)
    assert {m.id for m in first} == {m.id for m in mutants_of("change_failure_rate")}


def _mutant(kpi_id: str, text: str) -> Mutant:
    return next(mutant for mutant in mutants_of(kpi_id) if mutant.edit.text == text)
