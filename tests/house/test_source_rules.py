"""Rules of the source: docstrings, return annotations, and where clock and chance are reached."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.tree import PACKAGE, dotted, named, parsed, python_files

BANNED = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now",
    "datetime.datetime.utcnow", "datetime.date.today", "time.time", "time.time_ns", "uuid.uuid4",
    "uuid4", "uuid.uuid1", "os.urandom", "secrets.token_bytes", "secrets.token_hex",
    "random.random", "random.randint", "random.choice", "random.choices", "random.shuffle",
    "random.sample", "random.uniform", "random.gauss", "random.seed", "numpy.random.seed",
    "np.random.seed",
}  # fmt: skip


def first_sentence(path: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(parsed(path)) or "").split("\n")[0].strip()


def test_every_module_begins_with_one_sentence_on_its_first_line() -> None:
    bad = []
    for path in python_files("src", "tests", "bench", "scripts"):
        if path.name == "__init__.py" and not path.read_text(encoding="utf-8").strip():
            if PACKAGE in path.parents:
                bad.append(f"{named(path)}: empty")
            continue
        sentence = first_sentence(path)
        if not sentence.endswith((".", "?", "!")) or len(sentence.split()) < 3:
            bad.append(f"{named(path)}: {sentence!r}")
    assert bad == []


def test_every_function_of_the_package_says_what_it_returns() -> None:
    bad = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None
    ]
    assert bad == []


def test_clock_and_chance_are_reached_through_the_kernel_alone() -> None:
    bad = []
    for path in python_files("src"):
        if PACKAGE / "kernel" in path.parents:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and dotted(node.func) in BANNED:
                bad.append(f"{named(path)}:{node.lineno} {dotted(node.func)}")
            if isinstance(node, ast.ImportFrom) and node.module in {"uuid", "random", "time"}:
                names = {f"{node.module}.{alias.name}" for alias in node.names}
                bad += [f"{named(path)}:{node.lineno} {name}" for name in sorted(names & BANNED)]
    assert bad == []


def test_random_numbers_come_from_a_seed_that_is_passed_in() -> None:
    bad = [
        f"{named(path)}:{node.lineno}"
        for path in python_files("src")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and dotted(node.func).rpartition(".")[2] in {"Random", "default_rng"}
        and not node.args
    ]
    assert bad == []


def test_no_comment_excuses_what_is_unfinished() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
    marker = re.compile(rf"#.*\b({'|'.join(words)})\b")
    bad = [
        f"{named(path)}:{number}"
        for path in python_files("src", "tests", "bench", "scripts")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marker.search(line)
    ]
    assert bad == []


def test_no_test_is_skipped_or_expected_to_fail_without_a_reason() -> None:
    bad = []
    for path in python_files("tests"):
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.Call):
                continue
            name = dotted(node.func)
            if name in {"pytest.mark.skip", "pytest.mark.xfail", "pytest.mark.skipif"}:
                reason = [word for word in node.keywords if word.arg == "reason"]
                if not reason:
                    bad.append(f"{named(path)}:{node.lineno} {name}")
    assert bad == []


def test_every_test_asserts_something() -> None:
    bad = []
    for path in python_files("tests"):
        own = {n.name: n for n in parsed(path).body if isinstance(n, ast.FunctionDef)}
        for name, node in own.items():
            if name.startswith("test_") and not _asserts(node, own, set()):
                bad.append(f"{named(path)}::{name}")
    assert bad == []


def _asserts(node: ast.AST, own: dict[str, ast.FunctionDef], seen: set[str]) -> bool:
    """Whether a function asserts, expects a refusal, or calls what does (also imported checks)."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert | ast.Raise):
            return True
        if not isinstance(inner, ast.Call):
            continue
        last = inner.func.attr if isinstance(inner.func, ast.Attribute) else dotted(inner.func)
        if last in {"raises", "fail", "warns", "validate"} or last.startswith(
            ("assert_", "check", "expect")
        ):
            return True
        if last in own and last not in seen and _asserts(own[last], own, seen | {last}):
            return True
    return False
