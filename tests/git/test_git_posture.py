"""Static posture: five CI systems, owners, pins and the files of operation."""

from __future__ import annotations

import pytest

from fairlead.methods.ci_posture import pipeline_system, read_pipeline
from fairlead.methods.code_owners import CodeOwners
from fairlead.methods.ops_posture import image_pins, look_for, ownership, wanted_paths
from fairlead.methods.static_yaml import YamlProblemError, load_documents

SHA = "a" * 40
DIGEST = "sha256:" + "b" * 64

GITHUB = f"""
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@{SHA}
      - uses: actions/setup-python@v5
      - uses: ./.github/actions/local
      - run: |
          ruff check .
          pytest -q
  scan:
    runs-on: ubuntu-latest
    continue-on-error: true
    steps:
      - uses: docker://aquasec/trivy@{DIGEST}
      - uses: trstringer/manual-approval@v1
  shared:
    uses: acme/workflows/.github/workflows/deploy.yml@main
"""

GITLAB = f"""
spec:
  inputs: {{}}
---
include:
  - template: Security/SAST.gitlab-ci.yml
  - project: acme/ci
    ref: main
    file: /deploy.yml
  - component: gitlab.com/acme/lint@1.2.3
  - local: /ci/own.yml
default:
  timeout: 30m
image: python:3.11
.base:
  rules: !reference [.other, rules]
  allow_failure: true
unit:
  extends: .base
  stage: test
  script: [pytest]
pages:
  image: ruby@{DIGEST}
  script: [make site]
deploy:
  stage: deploy
  script: ["./deploy.sh"]
  rules:
    - if: $CI_COMMIT_TAG
      when: manual
"""

CIRCLECI = """
version: 2.1
orbs:
  node: circleci/node@5.1.0
  aws: circleci/aws-cli@4
jobs:
  test:
    docker: [{image: "cimg/node:20.1"}]
    steps:
      - checkout
      - run: {command: npm test, no_output_timeout: 5m}
  ship:
    docker: [{image: "cimg/base@sha256:%s"}]
    steps: [{run: ./ship.sh}]
workflows:
  version: 2
  main:
    jobs:
      - test
      - hold: {type: approval, requires: [test]}
      - ship: {requires: [hold]}
""" % ("c" * 64)

BUILDKITE = f"""
steps:
  - label: lint
    command: golangci-lint run
    timeout_in_minutes: 5
  - group: checks
    steps:
      - label: unit
        command: go test ./...
        soft_fail: true
        plugins:
          - docker#v5.9.0: {{image: golang}}
          - cache#{SHA}: ~
  - wait
  - block: Release?
  - trigger: deploy
    label: ship
"""

JENKINS = """
@Library('acme-shared@main') _
pipeline {
  agent { docker { image 'maven:3.9' } }
  options { timeout(time: 1, unit: 'HOURS') }  // stage('not this one')
  stages {
    stage('Build') { steps { sh 'mvn -B verify' } }
    /* stage('nor this') { input 'no' } */
    stage("Approve") { steps { input message: 'Ship?' } }
    stage('Scan') { steps { catchError { sh 'trivy fs .' } } }
  }
}
"""


def test_github_workflow_tells_pins_gates_timeouts_and_permissions() -> None:
    found = read_pipeline(".github/workflows/ci.yml", GITHUB)
    assert found.stages == ("build", "scan", "shared")
    assert found.gates == ("test", "lint", "scan")
    # checkout and trivy are pinned; setup-python, manual-approval and the shared workflow are not
    assert (found.pinned_count, found.references_count) == (2, 5)
    assert "actions/setup-python@v5" in found.unpinned
    assert (found.timed_jobs_count, found.jobs_count, found.tolerated_count) == (1, 3, 1)
    assert found.manual_steps == ("trstringer/manual-approval@v1",)
    assert found.permissions == "restricted"


@pytest.mark.parametrize(
    ("text", "permissions"),
    [
        ("on: push\njobs: {a: {steps: []}}", "unset"),
        ("on: push\npermissions: write-all\njobs: {a: {steps: []}}", "write_all"),
        ("on: push\njobs: {a: {permissions: {}}, b: {steps: []}}", "partly"),
        ("on: push\njobs: {a: {permissions: {}}, b: {permissions: read-all}}", "restricted"),
    ],
)
def test_github_permissions_need_the_top_or_every_job(text: str, permissions: str) -> None:
    assert read_pipeline(".github/workflows/x.yaml", text).permissions == permissions


def test_workflow_that_only_a_person_starts_is_manual() -> None:
    found = read_pipeline(".github/workflows/x.yml", "on: workflow_dispatch\njobs: {a: {}}")
    assert found.manual_steps == ("started by hand",)


def test_gitlab_file_resolves_extends_defaults_and_includes() -> None:
    found = read_pipeline(".gitlab-ci.yml", GITLAB)
    assert found.stages == ("test", "deploy")
    assert found.jobs_count == 3
    assert found.gates == ("test", "scan")
    # project@main, component@1.2.3, python:3.11, ruby@sha256
    assert (found.pinned_count, found.references_count) == (2, 4)
    assert found.unpinned == ("acme/ci@main", "python:3.11")
    assert found.timed_jobs_count == 3
    assert found.tolerated_count == 1
    assert found.manual_steps == ("deploy",)
    assert found.permissions is None


def test_circleci_file_tells_orbs_approvals_and_time_limits() -> None:
    found = read_pipeline(".circleci/config.yml", CIRCLECI)
    assert found.stages == ("main",)
    assert found.jobs_count == 2
    assert found.gates == ("test",)
    assert (found.pinned_count, found.references_count) == (2, 4)
    assert found.unpinned == ("circleci/aws-cli@4", "cimg/node:20.1")
    assert found.timed_jobs_count == 1
    assert found.manual_steps == ("hold",)


def test_buildkite_file_tells_blocks_plugins_and_groups() -> None:
    found = read_pipeline(".buildkite/pipeline.yml", BUILDKITE)
    assert found.stages == ("lint", "checks", "unit", "ship")
    assert found.jobs_count == 3
    assert found.gates == ("test", "lint")
    assert (found.pinned_count, found.references_count) == (1, 2)
    assert (found.timed_jobs_count, found.tolerated_count) == (1, 1)
    assert found.manual_steps == ("Release?",)


def test_jenkinsfile_is_read_without_its_comments() -> None:
    found = read_pipeline("Jenkinsfile", JENKINS)
    assert found.stages == ("Build", "Approve", "Scan")
    assert found.gates == ("test", "scan")
    assert found.manual_steps == ("input",)
    assert found.unpinned == ("acme-shared@main", "maven:3.9")
    assert (found.timed_jobs_count, found.tolerated_count) == (1, 1)


@pytest.mark.parametrize(
    ("path", "system"),
    [
        (".github/workflows/ci.yml", "github_actions"),
        (".github/workflows/nested/ci.yml", None),
        ("pkg/.github/workflows/ci.yml", None),
        (".gitlab-ci.yml", "gitlab_ci"),
        ("services/cart/Jenkinsfile", "jenkins"),
        ("Jenkinsfile.nightly", "jenkins"),
        (".circleci/config.yml", "circleci"),
        (".buildkite/pipeline.release.yml", "buildkite"),
        ("docs/ci.yml", None),
    ],
)
def test_pipeline_files_are_told_by_their_place(path: str, system: str | None) -> None:
    assert pipeline_system(path) == system


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: ]", "line 2"),
        ("just text", "the file holds no mapping"),
        ("", "the file holds no mapping"),
    ],
)
def test_unreadable_pipeline_file_gives_its_problem(text: str, problem: str) -> None:
    found = read_pipeline(".gitlab-ci.yml", text)
    assert problem in (found.problem or "")


def test_yaml_keeps_on_as_text_and_takes_any_tag() -> None:
    assert load_documents("on: push\nx: !Ref [a, 'true', true, ~, 1.10]") == [
        {"on": "push", "x": ["a", "true", True, None, "1.10"]}
    ]


def test_yaml_that_contains_itself_is_refused() -> None:
    with pytest.raises(YamlProblemError):
        load_documents("a: &a [*a]")


OWNERS = """
*            @all
*.js         @js     # scripts
/docs/       @docs
docs/*       @direct
apps/        @apps
/build/logs/ @logs
**/deep/**   @deep
/src/*/main.py @main
/src/app.py
with\\ space.txt @space
^[Section] @sec
lib/
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("a", ("@all",)),
        ("x/y.js", ("@js",)),
        ("docs/a.md", ("@direct",)),
        ("docs/sub/a.md", ("@docs",)),
        ("other/docs/a.md", ("@all",)),
        ("x/apps/y/z", ("@apps",)),
        ("x/apps", ("@all",)),
        ("build/logs/x", ("@logs",)),
        ("a/build/logs/x", ("@all",)),
        ("q/deep/w/x", ("@deep",)),
        ("src/a/main.py", ("@main",)),
        ("src/a/b/main.py", ("@all",)),
        ("src/app.py", ()),
        ("with space.txt", ("@space",)),
        ("x/lib/y", ("@sec",)),
    ],
)
def test_last_matching_owner_rule_wins(path: str, owners: tuple[str, ...]) -> None:
    assert CodeOwners.parse(OWNERS).owners_of(path) == owners


def test_ownership_counts_owned_files_and_owners() -> None:
    texts = {"CODEOWNERS": "/src/ @a @b\n/src/gen/\n"}
    found = ownership(["CODEOWNERS", "src/x.py", "src/gen/y.py"], texts)
    assert found is not None
    assert (found.owned_count, found.files_count, found.owners_count) == (1, 3, 2)
    assert ownership(["src/x.py"], {}) is None


def test_github_place_of_owners_comes_first() -> None:
    assert wanted_paths(["CODEOWNERS", ".github/CODEOWNERS"]) == [".github/CODEOWNERS"]


def test_base_images_are_counted_without_own_stages() -> None:
    text = "FROM --platform=linux/amd64 golang:1.22 AS build\nFROM scratch\nFROM build\n"
    text += f"FROM x@{DIGEST}\nFROM ${{BASE}}\n"
    found = image_pins({"Dockerfile": text, "notes.md": "FROM nothing"})
    assert found is not None
    assert (found.images_count, found.pinned_count, found.unpinned) == (2, 1, ("golang:1.22",))
    assert image_pins({"README.md": "FROM x"}) is None


def test_files_of_operation_are_found_and_vendored_ones_are_not() -> None:
    paths = [
        "infra/main.tf",
        "uv.lock",
        ".github/dependabot.yml",
        "docs/runbooks/disk.md",
        "monitoring/alerts/api.yaml",
        "slo/checkout.yaml",
        "SECURITY.md",
        "LICENSE",
        "catalog-info.yaml",
        "CHANGELOG.md",
    ]
    assert all(finding.is_present for finding in look_for(paths))
    vendored = [f"node_modules/{path}" for path in paths]
    assert not any(finding.is_present for finding in look_for([*vendored, "src/main.py"]))
