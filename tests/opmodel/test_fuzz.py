"""Whatever stands in a file, the check answers with findings and never falls over."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.opmodel.bad_cases import CASES, HERE, check, good_workspace

PIECES = ("\t", "\n", ": ", "- ", "[", "]", "{", "}", "'", '"', "&a ", "*a", "!!int ", "---\n", "~",
          "\x00", "\u2028", "é", ".nan", "1.10", "0x", "|\n", "# ", "<<: ", "? ", "%")  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    """The text with one to four pieces put in, taken out or doubled."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        end = min(len(text), at + chance.randint(0, 8))
        text = text[:at] + chance.choice((*PIECES, "", text[at:end] * 2)) + text[end:]
    return text


@pytest.mark.parametrize("seed", range(8))
def test_the_check_survives_any_text(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    root = good_workspace(tmp_path)
    sources = [path.read_text("utf-8") for path in sorted((HERE / "good").rglob("*.yaml"))]
    sources += [
        (HERE / "bad" / f"{case}.yaml").read_text("utf-8", errors="replace") for case in CASES
    ]
    for _ in range(60):
        text = mutated(chance.choice(sources), chance)
        (root / "fuzz.yaml").write_text(text, encoding="utf-8")
        for finding in check(root).findings:
            place = finding.place
            assert place is not None, text
            if place.file == "fuzz.yaml" and place.line is not None:
                assert 1 <= place.line <= len(text.splitlines()) + 1, text
            assert finding.render(), text
