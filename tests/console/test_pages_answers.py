"""Answers that pages keep: made once for a state, in the background, and again after damage."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from markupsafe import Markup

from fairlead.kernel.diagnostic import DiagnosticError, fail
from fairlead.web.desk import desk
from fairlead.web.snapshots import Snapshots, key_of
from fairlead.web.workspace import Workspace


@dataclass(frozen=True)
class Answer:
    """An answer with markup of ours and a cell of any kind."""

    drawing: Markup
    row: dict[str, object]


@dataclass(frozen=True)
class Counted:
    """A question that says how often it was worked out."""

    name: str
    calls: list[str] = field(default_factory=list, compare=False)
    before: Callable[[], Any] = field(default=lambda: None, compare=False)
    shape: ClassVar[Any] = Answer

    @property
    def key(self) -> str:
        return key_of(Named(self.name))

    def answer(self, workspace: Workspace, progress: Callable[[str], None]) -> Answer:
        progress("half way")
        self.calls.append(self.name)
        self.before()
        return Answer(Markup("<b>bold</b>"), {"n": 1})


@dataclass(frozen=True)
class Named:
    name: str


def snapshots(folder: Path, *, is_background: bool = False) -> Snapshots:
    return Snapshots(desk().workspace, folder, is_background)


def test_an_answer_is_worked_out_once_for_a_state(tmp_path: Path) -> None:
    asked, kept = Counted("a"), snapshots(tmp_path)
    assert kept.get(asked).card == kept.get(asked).card == kept.wait(asked)
    assert asked.calls == ["a"]


def test_an_answer_outlives_its_process_with_markup_as_markup(tmp_path: Path) -> None:
    snapshots(tmp_path).get(Counted("a"))
    asked = Counted("a")
    found = snapshots(tmp_path).get(asked).card
    assert asked.calls == []
    assert found
    assert isinstance(found.drawing, Markup)
    assert found.row == {"n": 1}


def test_a_damaged_file_is_worked_out_anew(tmp_path: Path) -> None:
    snapshots(tmp_path).get(Counted("a"))
    [path] = tmp_path.glob("*.json")
    for damage in (b"", b"no line", b"state\n{half", path.read_bytes()[:-3]):
        path.write_bytes(damage)
        asked = Counted("a")
        assert snapshots(tmp_path).get(asked).is_fresh
        assert asked.calls == ["a"]


def test_the_background_serves_nothing_until_it_is_done(tmp_path: Path) -> None:
    gate, done = threading.Event(), threading.Event()
    asked = Counted("a", before=lambda: gate.wait(10))
    kept = snapshots(tmp_path, is_background=True)
    assert kept.get(asked).card is None
    assert kept.get(asked).card is None
    gate.set()
    for _ in range(200):
        if kept.get(asked).is_fresh:
            break
        done.wait(0.02)
    assert kept.get(asked).card is not None
    assert asked.calls == ["a"]


def test_what_went_wrong_in_the_background_is_told_and_tried_again(tmp_path: Path) -> None:
    wrong = [True]

    def stumble() -> None:
        if wrong.pop() if wrong else False:
            raise fail("FL8003", "the lake answered: no")

    asked = Counted("a", before=stumble)
    kept = snapshots(tmp_path, is_background=True)
    waiting = threading.Event()

    def ask_until_told() -> None:
        for _ in range(200):
            kept.get(asked)
            waiting.wait(0.02)

    with pytest.raises(DiagnosticError, match="the lake answered"):
        ask_until_told()
    for _ in range(200):
        if kept.get(asked).is_fresh:
            break
        waiting.wait(0.02)
    assert asked.calls == ["a", "a"]
