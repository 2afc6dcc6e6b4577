"""What every test shares: the `--conformance-dir` option and where the shipped cases lie."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--conformance-dir",
        action="store",
        default=str(ROOT / "conformance"),
        help="folder of conformance cases",
    )
