"""The tree carries no machine, no host and no secret, and its locks are complete."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, TEXT, files_of, named

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECISION = ROOT / "docs" / "decisions" / "0002-dependencies.md"
MOST_DEPENDENCIES = 30
# Spelt in pieces, so that this file does not hold what it forbids.
PLACES = ["/".join(("", name, "")) for name in ("root", "work", "home", "Users")]
FORBIDDEN = re.compile("|".join(re.escape(place) for place in PLACES))
WRITERS = ("sub" + "agent", "chat" + "gpt", "cla" + "ude", "anthro" + "pic", "open" + "ai")
AGENTS = re.compile(rf"\b({'|'.join(WRITERS)})\b", re.IGNORECASE)
SECRETS = re.compile(
    r"ghp_[A-Za-z0-9]{36}|github_pat_\w{60,}|glpat-[\w-]{20}|xox[bp]-\d+-\w+|AKIA[0-9A-Z]{16}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
HOST = re.compile(r"https?://|index-url|find-links")


def tracked() -> list[Path]:
    """Files that git tracks or would track; every file where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        return list(files_of())
    found = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in found if path.is_file()]


def texts() -> list[tuple[Path, str]]:
    """The text files of the tree."""
    found = [path for path in tracked() if path.suffix in TEXT]
    return [(path, path.read_text(encoding="utf-8", errors="replace")) for path in found]


def names_in(requirements: list[str]) -> set[str]:
    """Names of packages, as locks write them."""
    return {re.split(r"[\[<>=!~; ]", item)[0].lower().replace("_", "-") for item in requirements}


def pins(lock: str) -> dict[str, str]:
    """Every pinned package of a lock with the text of its entry."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", "\n" + text)
    found = [re.match(r"\n?([a-z0-9][\w.\-]*)(?:\[[\w,\-]+\])?==", block) for block in blocks]
    return {
        match[1].replace("_", "-"): block
        for match, block in zip(found, blocks, strict=True)
        if match
    }


def test_no_file_names_a_folder_of_a_machine() -> None:
    assert [named(path) for path, text in texts() if FORBIDDEN.search(text)] == []


def test_no_file_speaks_of_who_or_what_wrote_it() -> None:
    allowed = re.compile(r"conformance/|connectors/|demo/|opmodel/|octokit|test_changes")
    found = [named(path) for path, text in texts() if AGENTS.search(text)]
    assert [name for name in found if not allowed.search(name)] == []


def test_no_file_holds_a_secret() -> None:
    assert [named(path) for path, text in texts() if SECRETS.search(text)] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_lock_names_no_host_and_carries_a_hash_for_every_package(lock: str) -> None:
    assert HOST.search((ROOT / lock).read_text(encoding="utf-8")) is None
    found = pins(lock)
    assert len(found) > 20
    assert [name for name, block in found.items() if "--hash=sha256:" not in block] == []


def test_locks_hold_every_dependency_of_the_project() -> None:
    runtime = names_in(PROJECT["dependencies"])
    extras = names_in(
        [item for group in PROJECT["optional-dependencies"].values() for item in group]
    )
    assert sorted(runtime - set(pins("requirements.lock"))) == []
    assert sorted((runtime | extras) - set(pins("requirements-dev.lock"))) == []


def test_locks_satisfy_the_bounds_of_the_project() -> None:
    from packaging.requirements import Requirement

    wrong = []
    for lock, items in (
        ("requirements.lock", PROJECT["dependencies"]),
        (
            "requirements-dev.lock",
            PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"],
        ),
    ):
        found = pins(lock)
        for item in items:
            wanted = Requirement(item)
            block = found[wanted.name.lower().replace("_", "-")]
            version = re.search(r"==([^\s;\\]+)", block)
            assert version is not None
            if version[1] not in wanted.specifier:
                wrong.append(f"{lock}: {item}, pinned {version[1]}")
    assert wrong == []


def test_direct_dependencies_are_few_and_each_has_its_reason() -> None:
    names = names_in(PROJECT["dependencies"])
    assert len(names) <= MOST_DEPENDENCIES
    lines = DECISION.read_text(encoding="utf-8").splitlines()
    reasons = {line.split("`")[1] for line in lines if line.startswith("- `")}
    optional = PROJECT["optional-dependencies"]
    extras = names_in([*optional["spark"], *optional["keyring"], *optional["postgres"]])
    assert sorted(names - reasons) == []
    assert sorted(reasons - names - extras) == []


def test_the_version_is_said_once() -> None:
    import fairlead

    assert getattr(fairlead, "__version__", PROJECT["version"]) == PROJECT["version"]
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {PROJECT['version']}" in log
