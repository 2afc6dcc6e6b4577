"""The operating model of acme: right, fresh in the example, and consistent with the payloads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fairlead.connectors import connector_ids, load_connector
from fairlead.demo.acme.argocd import application_names
from fairlead.demo.acme.company import PLATFORM_REPO, services
from fairlead.demo.acme.model import baseline_before, model_texts
from fairlead.kpis.shelf import kpis
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.loader import ConnectorTerms, check_model
from fairlead.opmodel.model import Model

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme" / "model"


@pytest.fixture(scope="module")
def model() -> Model:
    terms = {
        id_: ConnectorTerms(load_connector(id_).settings, load_connector(id_).secrets)
        for id_ in connector_ids()
    }
    report = check_model(EXAMPLE, known_kpis=kpis(), known_connectors=terms)
    assert not report.findings, "\n".join(item.render() for item in report.findings)
    return report.model


def test_example_is_what_the_generator_writes() -> None:
    written = {
        path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8")
        for path in EXAMPLE.rglob("*.yaml")
    }
    assert written == dict(model_texts())


def test_every_service_is_declared_with_its_names(model: Model) -> None:
    assert set(model.all_of(Service)) == set(services())
    for service in services().values():
        assert model.service_of_name(service.pager_name) == service.id
        assert service.id in {s.id for s in model.services_by_repository[service.repo]}
        if service.host == "jenkins":
            for name in application_names(service):
                assert model.service_of_name(name) == service.id


def test_monorepo_and_hosts_are_as_promised(model: Model) -> None:
    assert len(model.services_by_repository[PLATFORM_REPO]) == 6
    hosts = [service.host for service in services().values()]
    assert (hosts.count("gitlab"), hosts.count("jenkins"), hosts.count("github")) == (8, 5, 27)


@pytest.mark.parametrize(
    ("source", "name", "stage"),
    [
        ("github", "production-us", "production"),
        ("gitlab", "production", "production"),
        ("argocd", "prod-eu/payments", "production"),
        ("argocd", "staging/payments", "staging"),
        ("github", "perf-lab", None),
        ("github", "production", None),
    ],
)
def test_environments_are_known_by_exact_name_or_glob(
    model: Model, source: str, name: str, stage: str | None
) -> None:
    found = model.environment_of(name, source)
    assert (found.stage if found else None) == stage


def test_dependencies_have_no_circle() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"{' -> '.join((*path, name))}"
        if name not in done:
            for needed in services()[name].depends_on:
                visit(needed, (*path, name))
            done.add(name)

    for name in services():
        visit(name, ())
    assert done == set(services())


@pytest.mark.parametrize(
    ("last", "quarter"),
    [
        (date(2026, 11, 23), "2026-Q1"),
        (date(2026, 1, 5), "2025-Q2"),
        (date(2026, 12, 31), "2026-Q1"),
        (date(2027, 3, 31), "2026-Q2"),
    ],
)
def test_baseline_is_the_first_whole_quarter_of_the_year(last: date, quarter: str) -> None:
    assert baseline_before(last) == quarter
