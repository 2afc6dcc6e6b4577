"""Backstage descriptors become documents of the model: shown as a patch, written when asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from fairlead.kernel.diagnostic import DiagnosticError
from fairlead.opmodel.backstage import Imported, import_descriptors
from tests.cli.test_model_commands import run

HEAD = "apiVersion: backstage.io/v1alpha1\n"
DESCRIPTORS = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Loyalty
  title: Loyalty points
  annotations:
    github.com/project-slug: acme/loyalty
    argocd/app-name: loyalty-prod
  labels:
    acme.example/tier: tier-2
spec:
  type: service
  lifecycle: experimental
  owner: group:default/loyals
  system: engagement
  consumesApis: [points-api]
  dependsOn: ["component:default/basket", "resource:db"]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: points
  annotations:
    backstage.io/source-location: url:https://git.example/acme/deep/points/-/tree/main/
spec: {type: service, lifecycle: production, owner: loyals, providesApis: [points-api]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: basket}
spec: {type: service, owner: loyals}
---
{apiVersion: backstage.io/v1alpha1, kind: API, metadata: {name: points-api}, spec: {owner: loyals}}
---
{apiVersion: backstage.io/v1alpha1, kind: System, metadata: {name: engagement},
 spec: {owner: loyals, domain: retail}}
---
{apiVersion: backstage.io/v1alpha1, kind: Domain, metadata: {name: retail}, spec: {owner: loyals}}
---
{apiVersion: backstage.io/v1alpha1, kind: Group, metadata: {name: loyals},
 spec: {type: team, profile: {displayName: Loyal people}, members: [ada]}}
---
{apiVersion: backstage.io/v1alpha1, kind: User, metadata: {name: ada},
 spec: {profile: {displayName: Ada L., email: ada@acme.example}, memberOf: [loyals]}}
---
{apiVersion: backstage.io/v1alpha1, kind: User, metadata: {name: bo}, spec: {memberOf: [loyals]}}
---
{apiVersion: backstage.io/v1alpha1, kind: Template, metadata: {name: t}}
---
{apiVersion: backstage.io/v1alpha1, kind: Template, metadata: {name: u}}
"""


def read(tmp_path: Path, text: str, **known: object) -> Imported:
    path = tmp_path / "catalog-info.yaml"
    path.write_text(text)
    more = {"known": set(), "tiers": ["tier-1", "tier-2", "tier-3"], "tier": "tier-3", **known}
    return import_descriptors([path], **more)  # type: ignore[arg-type]


def test_each_kind_becomes_its_document(tmp_path: Path) -> None:
    found = read(tmp_path, DESCRIPTORS)
    documents = {(d["kind"], d["id"]): d for d in found.documents}
    assert found.problems == []
    assert documents["Service", "loyalty"] == {
        "apiVersion": "fairlead/v1",
        "kind": "Service",
        "id": "loyalty",
        "title": "Loyalty points",
        "owner": "loyals",
        "tier": "tier-2",
        "system": "engagement",
        "lifecycle": "experimental",
        "repositories": ["acme/loyalty"],
        "names": ["loyalty-prod"],
        "depends_on": ["basket", "points"],
    }
    assert documents["Service", "points"]["repositories"] == ["acme/deep/points"]
    assert documents["Service", "points"]["tier"] == "tier-3"
    assert documents["System", "engagement"]["domain"] == "retail"
    assert documents["Team", "loyals"]["members"] == ["ada", "bo"]
    assert documents["Person", "ada"]["email"] == "ada@acme.example"
    assert ("Service", "points-api") not in documents
    assert found.unknown == {"Template": 2}


def test_what_the_model_has_already_is_left_alone(tmp_path: Path) -> None:
    found = read(tmp_path, DESCRIPTORS, known={("Team", "loyals")})
    assert found.known == [("Team", "loyals")]
    assert "loyals" not in [d["id"] for d in found.documents if d["kind"] == "Team"]


@pytest.mark.diagnostic("FL4115")
@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("- a\n- b\n", "the document is no mapping", 1),
        ("kind: Component\napiVersion: v1\n", "`apiVersion` is `v1`, so this is no Backstage", 2),
        ("kind: Component\n", "`apiVersion` is `None`", 1),
        (f"{HEAD}metadata: {{name: x}}\n", "the descriptor has no `kind`", 1),
        (f"{HEAD}kind: Component\nspec: {{}}\n", "a Component has no `metadata.name`", 1),
        (f"{HEAD}kind: User\nmetadata: [x]\n", "a User has no `metadata.name`", 3),
        (f"{HEAD}kind: Group\nmetadata: {{name: a/b}}\n", "`a/b` is no name of a Group", 3),
        (f"{HEAD}kind: Group\nmetadata: {{name: a}}\nspec: [x]\n", "is no mapping", 4),
    ],
)
def test_what_is_no_descriptor_is_told_with_its_place(
    text: str, message: str, line: int, tmp_path: Path
) -> None:
    found = read(tmp_path, text)
    [problem] = found.problems
    assert (problem.code, found.documents) == ("FL4115", [])
    assert message in problem.message
    assert problem.place
    assert problem.place.line == line


def test_broken_yaml_and_alias_bombs_are_diagnostics(tmp_path: Path) -> None:
    assert [p.code for p in read(tmp_path, "a: [b\n").problems] == ["FL1001"]
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{', '.join(f'*{a}' for _ in range(10))}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert [p.code for p in read(tmp_path, bomb).problems] == ["FL1003"]


def test_hostile_values_become_quoted_text(tmp_path: Path) -> None:
    text = f'{HEAD}kind: Domain\nmetadata: {{name: d, title: "x: [y]\\nkind: Team"}}\n'
    [document] = read(tmp_path, text).documents
    assert document["title"] == "x: [y]\nkind: Team"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run("init", "my-org", "--profile", "saas-mid").exit_code == 0
    monkeypatch.chdir(tmp_path / "my-org")
    (tmp_path / "my-org" / "catalog-info.txt").write_text(DESCRIPTORS.replace("tier-2", "other"))
    return tmp_path / "my-org"


def test_dry_run_prints_a_patch_and_writes_nothing(workspace: Path) -> None:
    before = sorted(workspace.rglob("*"))
    result = run("model", "import-backstage", "catalog-info.txt")
    assert result.exit_code == 0, result.output
    assert "kind `Template` is not read: 2" in result.stderr
    assert sorted(workspace.rglob("*")) == before
    subprocess.run(["git", "init", "-q"], cwd=workspace, check=True)
    subprocess.run(["git", "apply", "-"], cwd=workspace, input=result.stdout, text=True, check=True)
    assert run("model", "check").exit_code == 0


def test_written_documents_are_in_the_model_and_not_brought_twice(workspace: Path) -> None:
    assert run("model", "import-backstage", "--write", "catalog-info.txt").exit_code == 0
    assert run("model", "check").exit_code == 0
    documents = list(yaml.safe_load_all((workspace / "services/backstage.yaml").read_text()))
    assert {d["id"] for d in documents} >= {"loyalty", "points", "basket", "engagement", "retail"}
    again = run("model", "import-backstage", "catalog-info.txt")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "nothing to bring in" in again.stderr


def test_import_that_would_break_the_model_is_refused(workspace: Path) -> None:
    text = (
        "{apiVersion: backstage.io/v1, kind: Component, metadata: {name: x}, spec: {owner: gone}}"
    )
    (workspace / "one.txt").write_text(text)
    result = run("model", "import-backstage", "--write", "one.txt")
    assert isinstance(result.exception, DiagnosticError)
    assert [item.code for item in result.exception.diagnostics] == ["FL2001"]
    assert not (workspace / "services" / "backstage.yaml").exists()
