"""The units, the containers and the chart start commands that the command line has."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from fairlead.cli.entry import cli
from tests.deploy.chart import Chart
from tests.programs import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
CHART = DEPLOY / "helm" / "fairlead"
SETTINGS = (ROOT / "src" / "fairlead" / "site" / "settings.py").read_text()


def check_command(arguments: list[str]) -> str:
    """Parse a command line as `fairlead` does, without running it; the name of the command."""
    found = cli.get_command(click.Context(cli), arguments[0])
    assert found is not None, arguments
    found.make_context(arguments[0], [str(item) for item in arguments[1:]])
    return arguments[0]


class Unit(configparser.RawConfigParser):
    """A unit file: names keep their case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def read_unit(path: Path) -> Unit:
    found = Unit(strict=False)
    found.read_string(path.read_text())
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_exists_with_few_rights(path: Path) -> None:
    service = read_unit(path)["Service"]
    program, *arguments = service["ExecStart"].split()
    assert program.endswith("/fairlead")
    check_command(arguments)
    assert service["User"] == "fairlead"
    assert service["NoNewPrivileges"] == service["ProtectHome"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_a_unit(path: Path, tmp_path: Path) -> None:
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd-analyze is not installed: the unit was parsed above")
    copy = tmp_path / path.name
    copy.write_text(path.read_text().replace("/opt/fairlead/bin/fairlead", shutil.which("true")))
    done = subprocess.run([checker, "verify", str(copy)], capture_output=True, text=True)
    about_it = [line for line in done.stderr.splitlines() if path.name in line]
    assert [line for line in about_it if "not installed" not in line] == []


def test_the_web_has_no_worker_of_its_own_where_there_is_a_separate_one() -> None:
    lines = [read_unit(path)["Service"]["ExecStart"] for path in UNITS]
    assert sorted(line.split()[1] for line in lines) == ["serve", "worker"]
    assert all("--no-worker" in line and "--https" in line for line in lines if "serve" in line)


def compose() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert isinstance(found, dict)
    return found


def test_compose_starts_commands_that_exist_on_images_that_are_built() -> None:
    services = compose()["services"]
    ours = {name: item for name, item in services.items() if "command" in item}
    assert {check_command(item["command"]) for item in ours.values()} == {"serve", "worker"}
    for item in ours.values():
        assert (DEPLOY / item["build"]["context"] / item["build"]["dockerfile"]).is_file()
        assert item["read_only"]
        assert item["cap_drop"] == ["ALL"]
        assert set(item["depends_on"]) <= set(services)
    used = {v.split(":")[0] for s in services.values() for v in s["volumes"] if "/" not in v[:2]}
    assert {name for name in used if not name.startswith(".")} == set(compose()["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in ours["web"]["ports"])


def test_the_health_check_asks_an_address_that_is_there() -> None:
    from fairlead.apps.api.operations import OPERATIONS
    from fairlead.apps.api.urls import EXTRA_URLS

    assert EXTRA_URLS
    text = (DEPLOY / "compose.yaml").read_text() + (CHART / "templates" / "web.yaml").read_text()
    asked = set(re.findall(r"/api/v1(/[a-z]+)", text))
    assert asked == {"/health", "/version"}
    assert all(OPERATIONS[path.strip("/")].permission == "open" for path in asked)


def test_the_image_copies_what_is_there_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (ROOT / name).exists(), name
    assert "USER 10001" in lines
    (start,) = (line for line in lines if line.startswith("CMD"))
    check_command(json.loads(start.removeprefix("CMD ")))


def variables(value: Any) -> Iterator[str]:
    """Names of environment variables anywhere in a document."""
    if isinstance(value, Mapping):
        if str(value.get("name", "")).startswith("FAIRLEAD_"):
            yield value["name"]
        for item in value.values():
            yield from variables(item)
    elif isinstance(value, list):
        for item in value:
            yield from variables(item)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"workspace": {"existingClaim": "mine"}, "image": {"tag": "1.2"}},
        {"ingress": {"enabled": True, "tlsSecret": "tls", "className": "nginx"}},
        {"workspace": {"storageClass": "fast"}, "web": {"port": 8000, "replicas": 1}},
    ],
)
def test_the_chart_makes_objects_that_fit_together(values: dict[str, Any]) -> None:
    chart = Chart(CHART, values)
    found = {(item["kind"], item["metadata"]["name"]): item for item in chart.documents()}
    deployments = [item for (kind, _), item in found.items() if kind == "Deployment"]
    commands = set()
    claims = set()
    for item in deployments:
        pod = item["spec"]["template"]
        (container,) = pod["spec"]["containers"]
        commands.add(check_command(container["args"]))
        wanted = item["spec"]["selector"]["matchLabels"]
        assert wanted.items() <= pod["metadata"]["labels"].items()
        claims.add(pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"])
        assert {m["name"] for m in container["volumeMounts"]} == {
            v["name"] for v in pod["spec"]["volumes"]
        }
        assert container["securityContext"]["readOnlyRootFilesystem"]
    assert commands == {"serve", "worker"}
    made = {name for kind, name in found if kind == "PersistentVolumeClaim"}
    mine = values.get("workspace", {}).get("existingClaim")
    assert (claims, made) == ({mine}, set()) if mine else claims == made
    names = set(variables(list(found.values())))
    assert all(name in SETTINGS for name in names), names
    ingresses = [item for (kind, _), item in found.items() if kind == "Ingress"]
    assert bool(ingresses) == bool(values.get("ingress"))
    for item in ingresses:
        path = item["spec"]["rules"][0]["http"]["paths"][0]
        assert ("Service", path["backend"]["service"]["name"]) in found


def test_the_chart_refuses_an_ingress_without_tls() -> None:
    with pytest.raises(ValueError, match="tlsSecret is needed"):
        Chart(CHART, {"ingress": {"enabled": True}}).documents()


def test_a_tag_that_is_not_known_is_not_rendered() -> None:
    with pytest.raises(ValueError, match="`lookup` is not known"):
        Chart(CHART).render('{{ lookup "v1" "Secret" }}')
    with pytest.raises(KeyError):
        Chart(CHART).render("{{ .Values.wbe.replicas }}")
