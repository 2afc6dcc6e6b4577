"""The loader: types as written, places, references across files, errors without echoes, speed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.opmodel.kinds.service import Service
from fairlead.opmodel.kinds.source import Source
from fairlead.opmodel.loader import find_workspace, load_model
from fairlead.opmodel.model import Model
from tests.opmodel.bad_cases import CONNECTORS, KPIS, check, good_workspace

HEAD = "apiVersion: fairlead/v1\n"


def add(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def load(root: Path) -> Model:
    return load_model(root, known_kpis=KPIS, known_connectors=CONNECTORS)


def test_documents_are_found_by_kind_and_id_with_the_place_of_their_id(tmp_path: Path) -> None:
    model = load(good_workspace(tmp_path))
    assert model.all_of(Service)["checkout"].owner == "payments"
    assert str(model.places["Service", "checkout"]) == "services/catalog.yaml:8:5"
    assert str(model.places["Person", "alex"]) == "teams/teams.yaml:14:5"
    assert model.workspace.time_zone == "Europe/Berlin"


def test_every_document_has_a_place(tmp_path: Path) -> None:
    model = load(good_workspace(tmp_path))
    declared = {(kind, id_) for kind, found in model.documents.items() for id_ in found}
    assert set(model.places) == declared


def test_norway_stays_text_and_quoted_numbers_stay_text(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    fields = "kind: Service\nid: cart\nowner: payments\ntier: tier-1\n"
    add(root, "cart.yaml", f'{HEAD}{fields}names: [NO, yes, on, "1.10", 1_000, 2026-01-05]\n')
    names = load(root).all_of(Service)["cart"].names
    assert names == ["NO", "yes", "on", "1.10", "1_000", "2026-01-05"]


def test_settings_keep_the_types_of_yaml_core(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    settings = "settings: {repositories: [a/b], deploy_workflows: {a: 0x1F, b: 1e3, c: ~, d: true}}"
    add(root, "hub.yaml", f"{HEAD}kind: Source\nid: hub\nconnector: github\n{settings}\n")
    found = load(root).all_of(Source)["hub"].settings["deploy_workflows"]
    assert found == {"a": 31, "b": 1000.0, "c": None, "d": True}


def test_empty_documents_and_comments_are_passed_over(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    add(root, "empty.yaml", "")
    add(root, "comment.yml", "# nothing yet\n---\n# nor here\n")
    assert check(root).findings == ()


def test_an_anchor_serves_its_own_document_only(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    first = f"{HEAD}kind: Team\nid: &name one\ntitle: *name\n"
    add(root, "anchors.yaml", f"{first}---\n{HEAD}kind: Team\nid: two\ntitle: *name\n")
    findings = check(root).findings
    assert [(item.code, item.place.line) for item in findings if item.place] == [("FL1001", 9)]


def test_bom_and_windows_line_ends_keep_their_places(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    text = f"\ufeff{HEAD}kind: Service\nid: cart\nowner: nobody\ntier: tier-1\n"
    (root / "cart.yaml").write_bytes(text.replace("\n", "\r\n").encode())
    (finding,) = check(root).findings
    assert str(finding.place) == "cart.yaml:4:8"
    assert finding.place is not None
    assert finding.place.length == len("nobody")


def test_columns_count_characters_not_bytes(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    add(root, "cart.yaml", f"{HEAD}kind: Person\nid: zoe\naccounts: {{github: [Zoë], Ünd: [x]}}\n")
    (finding,) = check(root).findings
    assert str(finding.place) == "cart.yaml:4:27"


def test_one_broken_document_does_not_spoil_references_to_it(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    add(root, "cart.yaml", f"{HEAD}kind: Team\nid: cart-team\nlaed: alex\n")
    service = "kind: Service\nid: cart\nowner: cart-team\ntier: tier-1\n"
    add(root, "service.yaml", f"{HEAD}{service}")
    assert [item.code for item in check(root).findings] == ["FL1005"]


def test_ids_of_an_unreadable_file_do_not_echo_as_missing(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    teams = root / "teams" / "teams.yaml"
    teams.write_text(teams.read_text() + "members: [alex\n", encoding="utf-8")
    findings = check(root).findings
    assert {item.code for item in findings} == {"FL1001"}


def test_all_findings_of_all_files_come_at_once_root_cause_first(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    add(root, "a.yaml", f"{HEAD}kind: Service\nid: a\nowner: nobody\ntier: tier-1\n")
    add(root, "b.yaml", f"{HEAD}kind: Team\nid: b\nmembres: []\n")
    add(root, "c.yaml", f"{HEAD}kind: Team\nid: [c\n")
    with pytest.raises(DiagnosticError) as caught:
        load(root)
    assert [item.code for item in caught.value.diagnostics] == ["FL1001", "FL1005", "FL2001"]


def test_foreign_yaml_is_left_out_with_a_warning(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    add(root, "mappings/hours.yaml", "records: []\n")
    (finding,) = check(root).findings
    assert (finding.code, finding.severity) == ("FL1004", "warning")
    assert len(load(root).documents) > 0


def test_workspace_is_found_from_below_and_by_another_file_name(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    assert find_workspace(root / "services") == root
    (root / "workspace" / "workspace.yaml").rename(root / "workspace" / "acme.yaml")
    assert find_workspace(root / "services") == root


def test_no_workspace_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as caught:
        find_workspace(tmp_path)
    assert caught.value.diagnostics[0].code == "FL9001"


def test_eleven_thousand_lines_load_in_about_a_second(tmp_path: Path) -> None:
    root = good_workspace(tmp_path)
    service = (
        "{head}kind: Service\nid: s{n}\nowner: payments\ntier: tier-1\nrepositories:\n  - a/s{n}\n"
    )
    service += "names:\n  - s{n}-prod\ndepends_on: [checkout]\n"
    for part in range(10):
        documents = [service.format(head=HEAD, n=part * 110 + n) for n in range(110)]
        add(root, f"services/part{part}.yaml", "---\n".join(documents))
    lines = sum(len(path.read_text().splitlines()) for path in root.rglob("*.yaml"))
    assert lines > 11_000
    start = time.process_time()
    model = load(root)
    assert time.process_time() - start < 2.0
    assert len(model.all_of(Service)) == 1101
