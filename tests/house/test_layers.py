"""The house stands as ARCHITECTURE.md draws it: layers are kept and every room is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.tree import PACKAGE, ROOT, named


def test_imports_go_down_only() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_every_package_stands_in_the_architecture_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    packages = [path.parent for path in sorted(PACKAGE.rglob("__init__.py"))]
    wanted = [
        f"{package.relative_to(PACKAGE).as_posix()}/" for package in packages if package != PACKAGE
    ]
    connectors = [name for name in wanted if name.startswith("connectors/")]
    missing = [name for name in wanted if f"`{name}`" not in text and name not in connectors]
    assert missing == []
    assert "`connectors/<tool>/`" in text


def test_the_map_names_no_package_that_is_gone() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    gone = [
        room
        for room in sorted(rooms)
        if room.endswith("/") and "<" not in room and not (PACKAGE / room).is_dir()
    ]
    assert gone == []


def test_every_package_has_an_init_file() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [
        named(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()
    ] == []
