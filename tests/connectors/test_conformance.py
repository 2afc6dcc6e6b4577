"""Every connector case: a recorded or published payload, and the facts that are due."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.connectors import load_connector
from fairlead.connectors.contract import Payload
from fairlead.engine.conformance.connector_cases import (
    case_files,
    context_of,
    payloads_of,
    read_case,
    run_connector_case,
)
from tests.connectors.broken import broken_forms, refusal_of

GUARDED = (
    "github", "gitlab", "jenkins", "alertmanager", "argocd", "buildkite", "cdevents", "circleci",
    "git", "jira", "opsgenie", "pagerduty",
)  # fmt: skip


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case_file" in metafunc.fixturenames:
        root = Path(metafunc.config.getoption("--conformance-dir"))
        files = case_files(root)
        names = [f"{file.parent.name}/{file.stem}" for file in files]
        metafunc.parametrize("case_file", files, ids=names)


def test_payload_maps_as_its_case_says(case_file: Path) -> None:
    assert run_connector_case(case_file) == []


@pytest.mark.parametrize("connector_id", GUARDED)
def test_broken_payload_is_refused_or_mapped_but_never_crashes(
    connector_id: str, pytestconfig: pytest.Config
) -> None:
    root = Path(pytestconfig.getoption("--conformance-dir"))
    connector, refused = load_connector(connector_id), 0
    for file in case_files(root):
        if file.parent.name != connector_id:
            continue
        case = read_case(file)
        for one in payloads_of(case, file.parent, connector):
            for body in broken_forms(one.body) if isinstance(one.body, dict) else ():
                payload = Payload(body, one.event, one.delivery_ref)
                refusal = refusal_of(connector, payload, context_of(case, connector))
                refused += refusal is not None
                assert refusal is None or refusal.path.startswith("$")
    assert refused > 0
