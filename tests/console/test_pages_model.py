"""The model pages: documents with line numbers, findings, proposals as patches."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fairlead.kernel.clock import SystemClock
from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.opmodel.kinds.team import Team
from fairlead.web import live_model
from fairlead.web.desk import desk
from fairlead.web.live_model import LiveModel
from fairlead.web.proposals import as_file, check_changed, patch_of
from fairlead.web.proposals import text_of as model_text
from fairlead.web.snapshots import Snapshots
from fairlead.web.workspace import Workspace
from tests.console.conftest import Login
from tests.console.test_pages_kpi import text_of

FILE = "services/payments.yaml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the model's files, as a repository."""
    root = tmp_path / "model"
    for name in ("services", "teams", "delivery", "workspace"):
        shutil.copytree(desk().workspace.root / name, root / name)
    return root


def test_model_page_lists_kinds_and_documents(login: Login) -> None:
    client = login("viewer")
    page = text_of(client.get("/model?kind=Team"))
    teams = desk().workspace.model.all_of(Team)
    assert all(f'href="/model/Team/{name}"' in page for name in teams)
    assert f"Team {len(teams)}</a>" in page
    assert "No errors and no warnings." in page


def test_document_is_marked_in_its_file_with_line_numbers(login: Login) -> None:
    page = text_of(login("viewer").get("/model/Service/fraud-check"))
    lines = (desk().workspace.root / FILE).read_text().splitlines()
    marked = re.findall(r'is-marked"><span[^>]*>(\d+)</span>([^<]*)</code>', page)
    numbers = [int(number) for number, _ in marked]
    assert lines[numbers[0] - 2] == "---"
    assert "id: fraud-check" in [lines[number - 1] for number in numbers]
    assert not any(lines[number - 1] == "id: checkout" for number in numbers)


@pytest.mark.diagnostic("FL4113")
def test_unknown_document_is_not_found_with_a_near_match(login: Login) -> None:
    client = login("viewer")
    answer = client.get("/model/Service/chekout")
    assert (answer.status_code, "did you mean `checkout`?" in text_of(answer)) == (404, True)
    assert client.get("/model/Servce/checkout").status_code == 404


def test_proposal_is_a_patch_that_git_applies(login: Login, copy: Path) -> None:
    before = (copy / FILE).read_text()
    after = before.replace("title: Checkout\n", "title: Checkout and basket\n")
    form = {"file": FILE, "text": after.replace("\n", "\r\n"), "do": "download"}
    answer = login("engineer").post("/model/propose", form)
    assert answer["Content-Disposition"] == 'attachment; filename="payments.patch"'
    git(copy, text_of(answer))
    assert (copy / FILE).read_text() == after
    assert (desk().workspace.root / FILE).read_text() == before


def git(folder: Path, patch: str) -> None:
    """Apply a patch for real, in a fresh repository around the folder."""
    clean = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True, env=clean)
    subprocess.run(["git", "apply", "-"], cwd=folder, input=patch, text=True, check=True, env=clean)


@pytest.mark.parametrize("end", ["", "\n"])
def test_patch_of_new_and_of_unended_files_applies(copy: Path, end: str) -> None:
    path = copy / "teams" / "odd.yaml"
    path.write_bytes(b"# first\r\n# last")
    changed = {"teams/odd.yaml": f"# first\r\n# other{end}", "teams/new.yaml": "# new\n"}
    git(copy, patch_of(copy, changed))
    assert path.read_bytes() == f"# first\r\n# other{end}".encode()
    assert (copy / "teams" / "new.yaml").read_text() == "# new\n"


def test_text_of_a_form_keeps_the_line_ends_of_the_file() -> None:
    assert as_file("a\r\nb", "x\n") == "a\nb\n"
    assert as_file("a\nb\n", "x\r\ny\r\n") == "a\r\nb\r\n"
    assert as_file("a", "no end") == "a"


def test_wrong_proposal_shows_what_would_be_wrong_and_gives_no_patch(login: Login) -> None:
    text = (
        (desk().workspace.root / FILE).read_text().replace("owner: payments", "owner: paymnts", 1)
    )
    for do in ("check", "download"):
        client = login("engineer", email=f"{do}@acme.invalid")
        answer = client.post("/model/propose", {"file": FILE, "text": text, "do": do})
        page = text_of(answer)
        assert (answer.status_code, "FL2001" in page) == (400, True)
        assert "did you mean `payments`?" in page
        assert "Download the patch" not in page


@pytest.mark.diagnostic("FL4112")
@pytest.mark.parametrize(
    "name",
    ["../outside.yaml", "/etc/x.yaml", "services/../../x.yaml", ".hidden/x.yaml", "a.txt",
     "a b.yaml", "services\\x.yaml", "x" * 300 + ".yaml", "services/payments.yaml\n"],
)  # fmt: skip
def test_file_name_that_leaves_the_model_is_refused(name: str, copy: Path) -> None:
    with pytest.raises(DiagnosticError) as caught:
        patch_of(copy, {name: "kind: Team\n"})
    assert caught.value.diagnostics[0].code == "FL4112"


def test_link_out_of_the_workspace_is_not_read(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("token: hidden\n")
    (copy / "teams" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(DiagnosticError):
        model_text(copy, "teams/link.yaml")


def test_unchanged_text_is_no_proposal(login: Login) -> None:
    text = (desk().workspace.root / FILE).read_text()
    answer = login("engineer").post("/model/propose", {"file": FILE, "text": text, "do": "check"})
    assert (answer.status_code, "nothing is changed" in text_of(answer)) == (400, True)


def test_checking_a_proposal_leaves_the_files_alone(copy: Path) -> None:
    before = {p: p.read_bytes() for p in copy.rglob("*.yaml")}
    assert not check_changed(copy, {"teams/new.yaml": "# nothing\n"}).errors
    assert {p: p.read_bytes() for p in copy.rglob("*.yaml")} == before


def test_changed_files_are_noticed_without_a_restart(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_model, "LOOK_SECONDS", 0.0)
    live = LiveModel(copy)
    first = live.now()
    assert live.now() is first
    path = copy / FILE
    path.write_text(path.read_text().replace("title: Checkout\n", "title: Till\n"))
    second = live.now()
    assert second.digest != first.digest
    assert second.model.documents["Service"]["checkout"].title == "Till"


def test_a_model_that_went_wrong_leaves_the_last_right_one_in_use(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_model, "LOOK_SECONDS", 0.0)
    live = LiveModel(copy)
    right = live.now()
    path = copy / FILE
    text = path.read_text()
    path.write_text(text.replace("owner: payments", "owner: paymnts", 1))
    wrong = live.now()
    assert wrong.model is right.model
    assert [item.code for item in wrong.report.errors] == ["FL2001"]
    path.write_text(text)
    assert live.now().report.errors == ()


def test_kept_answers_are_of_the_model_too(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_model, "LOOK_SECONDS", 0.0)
    workspace = Workspace(copy, SystemClock())
    snapshots = Snapshots(workspace, copy / ".fairlead" / "answers")
    before = snapshots.state()
    assert snapshots.state() == before
    (copy / "teams" / "more.yaml").write_text("# more\n")
    assert snapshots.state() != before


def test_a_viewer_cannot_propose(login: Login) -> None:
    assert login("viewer").get("/model/propose").status_code == 403
    assert "Propose a change" not in text_of(login("viewer", email="v@acme.invalid").get("/model"))
