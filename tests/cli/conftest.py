"""Workspaces of the command tests: a fresh one per test, and a filled one that is only read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.portal import NOW, ingest_inputs, make_workspace, write_inputs


@pytest.fixture(autouse=True)
def _fixed_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLEAD_NOW", NOW)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("FAIRLEAD_WORKSPACE", raising=False)


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace, with the present folder in it."""
    folder = make_workspace(tmp_path / "my-org")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The small workspace of `portal`, made once; nothing may write to it."""
    os.environ["FAIRLEAD_NOW"] = NOW
    folder = tmp_path_factory.mktemp("portal")
    workspace = make_workspace(folder / "my-org")
    for ran in ingest_inputs(workspace, write_inputs(folder / "inputs")):
        assert ran.code == 0, ran.err
    yield workspace
    os.environ.pop("FAIRLEAD_NOW", None)


@pytest.fixture
def filled(filled_once: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The filled workspace, with the present folder in it."""
    monkeypatch.chdir(filled_once)
    return filled_once
