"""Starting profiles: each is right, commented, and no line of one can be broken unseen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.opmodel.kinds.kpi_target import KpiTarget
from fairlead.opmodel.loader import ModelReport, check_model
from fairlead.opmodel.profiles import organisation_id, render_profile
from fairlead.packs import profile_files, profile_ids
from fairlead.packs.scorecard import SCORECARD
from fairlead.web.workspace import known_connectors, known_kpis

KEY = re.compile(r"^(\s*(?:- )?(?:\{)?)([A-Za-z_0-9]+)(:.*)$")
# These KPIs have no number to reach by default: falling, or against a benchmark of one's own.
WITHOUT_NUMBER = {"incident_rate_by_severity", "unit_cost", "team_retention"}


def write(folder: Path, profile: str, name: str = "My Org") -> Path:
    for path, text in render_profile(profile_files(profile), name).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


def check(root: Path) -> ModelReport:
    return check_model(root, known_kpis=known_kpis(), known_connectors=known_connectors())


def test_the_shipped_profiles_are_these() -> None:
    assert profile_ids() == ("enterprise-regulated", "saas-mid", "small")


@pytest.mark.row("G03")
@pytest.mark.parametrize("profile", profile_ids())
def test_profile_passes_the_check_alone(profile: str, tmp_path: Path) -> None:
    report = check(write(tmp_path, profile))
    assert report.findings == ()
    assert report.model.workspace.id == "my-org"
    assert report.model.workspace.profile == profile


@pytest.mark.parametrize("profile", profile_ids())
def test_every_file_of_a_profile_begins_with_a_comment_and_has_no_placeholder(profile: str) -> None:
    for path, text in render_profile(profile_files(profile), "My Org").items():
        assert text.startswith("# "), path
        assert "{{" not in text, path
        assert max(len(line) for line in text.splitlines()) <= 100, path


@pytest.mark.row("G03")
@pytest.mark.parametrize("profile", profile_ids())
def test_every_default_target_that_has_a_number_is_declared(profile: str, tmp_path: Path) -> None:
    model = check(write(tmp_path, profile)).model
    declared = {target.kpi for target in model.all_of(KpiTarget).values()}
    assert {line.kpi_id for line in SCORECARD} - declared == WITHOUT_NUMBER


def test_targets_hold_the_numbers_of_the_scorecard(tmp_path: Path) -> None:
    targets = check(write(tmp_path, "saas-mid")).model.all_of(KpiTarget)
    assert targets["change_failure_rate"].target == 0.15
    assert targets["lead_time_for_changes_tier_1"].target == 24 * 3600
    assert targets["lead_time_for_changes_tier_1"].scope.tier == "tier-1"
    assert targets["time_to_restore_sev1"].target == 60 * 60
    assert targets["time_to_restore_sev1"].dimension == {"severity": "sev1"}
    assert (targets["cloud_spend_vs_budget"].low, targets["cloud_spend_vs_budget"].high) == (
        -0.05,
        0.05,
    )
    assert targets["slo_attainment_tier_1"].target == 0.999
    assert targets["platform_nps"].target == 30


def breakable_lines(root: Path) -> list[tuple[Path, int, str]]:
    """Every line with a key, with that key misspelt."""
    found = []
    for path in sorted(root.rglob("*.yaml")):
        for index, line in enumerate(path.read_text().splitlines()):
            match = KEY.match(line)
            if match and not line.lstrip().startswith("#"):
                found.append((path, index, f"{match[1]}{match[2]}x{match[3]}"))
    return found


@pytest.mark.row("G03")
def test_any_misspelt_key_is_named_with_file_line_and_near_match(tmp_path: Path) -> None:
    root = write(tmp_path, "saas-mid")
    lines = breakable_lines(root)
    assert len(lines) > 250
    for path, index, broken in lines:
        before = path.read_text()
        text = before.splitlines()
        key = broken.split(":")[0].strip(" -{")
        text[index] = broken
        path.write_text("\n".join(text) + "\n")
        first = check(root).findings[0]
        path.write_text(before)
        assert first.place is not None
        where = (first.place.file, first.place.line)
        assert where == (path.relative_to(root).as_posix(), index + 1), broken
        assert key[:-1] in f"{first.help} {first.message}", broken


def test_an_id_is_made_of_the_name() -> None:
    assert organisation_id("My Org") == "my-org"
    assert organisation_id("Müller & Söhne GmbH") == "m-ller-s-hne-gmbh"
    with pytest.raises(DiagnosticError) as caught:
        organisation_id("!!!")
    assert caught.value.diagnostics[0].code == "FL1007"


@pytest.mark.parametrize(
    "name", ['Quo"te', "Back\\slash", "New\nline", "#hash: x", "yes", "123", "null", "{{x}}"]
)
def test_an_odd_name_still_gives_a_right_model(name: str, tmp_path: Path) -> None:
    assert check(write(tmp_path, "small", name)).findings == ()
