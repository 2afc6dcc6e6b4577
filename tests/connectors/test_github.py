"""Pulling GitHub: slices, attempts, paging, checkpoints and resume."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fairlead.connectors.contract import MappingContext, Payload, Request, Response
from fairlead.connectors.github import CONNECTOR, auth_headers
from fairlead.connectors.github.mapping import split
from fairlead.kernel.diagnostic import DiagnosticError
from tests.connectors.plans import MISSING, at, context_of, ok, pull

REPOSITORY = {"full_name": "acme/shop", "default_branch": "main"}
SETTINGS = {"repositories": ["acme/shop"]}


def iso(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Api:
    """GitHub's API over the records of one repository, with its limits and its ordering."""

    def __init__(self, **records: Any) -> None:
        self.runs: list[dict[str, Any]] = records.get("runs", [])
        self.lists: dict[str, Any] = records.get("lists", {})
        self.missing: set[str] = records.get("missing", set())
        self.totals: list[int] = []

    def __call__(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        path = parts.path.lstrip("/").removeprefix("repos/acme/shop").lstrip("/")
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()} or dict(
            request.params
        )
        if path in self.missing:
            return MISSING
        if path == "":
            return ok({**REPOSITORY, "size": 1})
        if path == "actions/runs":
            return self._search(asked)
        found = self.lists.get(path, {"jobs": []} if path.endswith("/jobs") else [])
        return self._paged(path, found, asked) if isinstance(found, list) else ok(found)

    def _search(self, asked: dict[str, str]) -> Response:
        first, last = asked["created"].split("..")
        found = [run for run in self.runs if first <= run["created_at"] <= last]
        found.sort(key=lambda run: run["created_at"], reverse=True)
        page, size = int(asked.get("page", 1)), int(asked["per_page"])
        if page == 1:
            self.totals.append(len(found))
        visible = found[:1000]
        shown = visible[(page - 1) * size : page * size]
        more = f"https://api.github.com/repos/acme/shop/actions/runs?created={asked['created']}"
        link = f"{more}&per_page={size}&page={page + 1}" if page * size < len(visible) else None
        return ok({"total_count": len(found), "workflow_runs": shown}, link)

    def _paged(self, path: str, found: list[Any], asked: dict[str, str]) -> Response:
        page, size = int(asked.get("page", 1)), int(asked.get("per_page", 30))
        more = f"https://api.github.com/repos/acme/shop/{path}?per_page={size}&page={page + 1}"
        link = more if page * size < len(found) else None
        return ok(found[(page - 1) * size : page * size], link)


def run_at(number: int, created_at: Any, **more: Any) -> dict[str, Any]:
    stamp = iso(created_at)
    return {
        "id": number,
        "run_number": number,
        "workflow_id": 7,
        "run_attempt": 1,
        "status": "completed",
        "conclusion": "success",
        "event": "push",
        "head_branch": "main",
        "created_at": stamp,
        "run_started_at": stamp,
        "updated_at": iso(created_at + timedelta(seconds=60)),
        **more,
    }


def test_search_of_more_than_thousand_runs_is_cut_until_each_slice_is_whole() -> None:
    start = at("2026-01-01T00:00:00Z")
    # 2,500 runs in the first two hours: bursts are what a fixed slice would lose.
    runs = [run_at(n, start + timedelta(seconds=2 * n)) for n in range(2500)]
    api = Api(runs=runs)
    pulled = pull(CONNECTOR, context_of({**SETTINGS, "with_jobs": False}), api)
    found = [body["workflow_run"]["id"] for body in pulled.bodies("acme/shop/runs")]
    assert sorted(found) == list(range(2500))
    assert api.totals[0] == 2500
    pages = [page for page in pulled.pages if page.resource == "acme/shop/runs"]
    starts = [page.covered[0] for page in pages if page.covered]
    assert starts == sorted(starts)
    assert starts[0] == start
    assert pages[-1].covered is not None
    assert pages[-1].covered[1] == at("2026-01-10T00:00:00Z")


def test_pages_hold_hundred_records_and_follow_link() -> None:
    start = at("2026-01-02T00:00:00Z")
    api = Api(runs=[run_at(n, start + timedelta(minutes=n)) for n in range(250)])
    pulled = pull(CONNECTOR, context_of({**SETTINGS, "with_jobs": False}), api)
    searches = [request for request in pulled.requests if "actions/runs" in request.url]
    assert searches[0].params["per_page"] == "100"
    assert [parse_qs(urlsplit(r.url).query).get("page") for r in searches[1:]] == [["2"], ["3"]]
    assert len(pulled.bodies("acme/shop/runs")) == 250


def test_every_attempt_is_pulled_with_its_jobs() -> None:
    run = run_at(5, at("2026-01-02T10:00:00Z"), run_attempt=3, triggering_actor=None)
    run["run_started_at"] = "2026-01-02T12:00:00Z"
    run["updated_at"] = "2026-01-02T12:10:00Z"
    second = {
        **run,
        "run_attempt": 2,
        "conclusion": "failure",
        "run_started_at": "2026-01-02T11:00:00Z",
        "updated_at": "2026-01-02T11:05:00Z",
        "triggering_actor": {"login": "ben", "type": "User"},
    }
    job = {
        "id": 51, "run_id": 5, "run_attempt": 2, "name": "test", "status": "completed",
        "conclusion": "failure", "runner_id": 1, "created_at": "2026-01-02T11:00:01Z",
        "started_at": "2026-01-02T11:01:40Z", "completed_at": "2026-01-02T11:04:40Z",
    }  # fmt: skip
    api = Api(
        runs=[run],
        lists={
            "actions/runs/5/attempts/2": second,
            "actions/runs/5/attempts/2/jobs": {"total_count": 1, "jobs": [job]},
        },
        missing={"actions/runs/5/attempts/1"},
    )
    facts = pull(CONNECTOR, context_of(SETTINGS), api).facts(CONNECTOR)
    runs = {f.values["attempt_count"]: f.values for f in facts if f.type == "pipeline_runs"}
    assert sorted(runs) == [2, 3]  # GitHub no longer keeps the first attempt
    assert (runs[2]["rerun_kind"], runs[2]["result"]) == ("human", "failure")
    assert (runs[2]["queue_seconds"], runs[2]["duration_seconds"]) == (100, 180)
    assert (runs[3]["rerun_kind"], runs[3]["result"]) == ("unknown", "success")
    assert [f.values["job_ref"] for f in facts if f.type == "pipeline_jobs"] == ["51"]


def test_running_run_holds_the_checkpoint_and_the_next_pull_goes_back_for_it() -> None:
    running = run_at(1, at("2026-01-08T06:00:00Z"), status="in_progress", conclusion=None)
    later = run_at(2, at("2026-01-09T06:00:00Z"))
    api = Api(runs=[running, later])
    settings = {**SETTINGS, "with_jobs": False}
    first = pull(CONNECTOR, context_of(settings), api)
    assert first.checkpoints["acme/shop/runs"] == {"until": "2026-01-08T06:00:00Z"}
    running |= {"status": "completed", "conclusion": "failure"}
    again = pull(
        CONNECTOR,
        context_of(settings, checkpoints=first.checkpoints, now=at("2026-01-10T01:00:00Z")),
        api,
    )
    # A day before the checkpoint, for re-runs of finished runs.
    search = next(request for request in again.requests if "actions/runs" in request.url)
    assert search.params["created"] == "2026-01-07T06:00:00Z..2026-01-10T01:00:00Z"
    runs = {f.values["run_ref"]: f.values["result"] for f in again.facts(CONNECTOR)}
    assert runs == {"1": "failure", "2": "success"}
    assert again.checkpoints["acme/shop/runs"] == {"until": "2026-01-10T01:00:00Z"}


def test_broken_off_pull_resumes_at_the_last_whole_slice() -> None:
    start = at("2026-01-01T00:00:00Z")
    runs = [run_at(n, start + timedelta(minutes=5 * n)) for n in range(2000)]
    settings = {**SETTINGS, "with_jobs": False, "rerun_lookback_seconds": 0}
    first = pull(CONNECTOR, context_of(settings), Api(runs=runs), stop_after=1)
    had = {body["workflow_run"]["id"] for body in first.bodies("acme/shop/runs")}
    assert 0 < len(had) < 2000
    rest = pull(CONNECTOR, context_of(settings, checkpoints=first.checkpoints), Api(runs=runs))
    found = {body["workflow_run"]["id"] for body in rest.bodies("acme/shop/runs")}
    assert had | found == set(range(2000))
    # Twelve runs an hour: only the overlap of one hour is read twice.
    assert len(had & found) in (12, 13)


def test_deployments_are_pulled_with_their_statuses() -> None:
    deployments = [
        {"id": 3, "sha": "c", "environment": "prod", "created_at": "2026-01-09T00:00:00Z"},
        {"id": 2, "sha": "b", "environment": "prod", "created_at": "2026-01-05T00:00:00Z"},
        {"id": 1, "sha": "a", "environment": "prod", "created_at": "2025-12-31T23:59:59Z"},
    ]
    success = {"id": 21, "state": "success", "created_at": "2026-01-05T00:09:00Z"}
    queued = {"id": 31, "state": "queued", "created_at": "2026-01-09T00:00:10Z"}
    api = Api(
        lists={
            "deployments": deployments,
            "deployments/2/statuses": [success],
            "deployments/3/statuses": [queued],
        }
    )
    pulled = pull(CONNECTOR, context_of(SETTINGS), api)
    events = [f for f in pulled.facts(CONNECTOR) if f.type == "deployment_events"]
    assert [f.values["event_ref"] for f in events] == [
        "deployment:3",
        "status:31",
        "deployment:2",
        "status:21",
    ]
    # The third deployment is still open, so it will be read again.
    assert pulled.checkpoints["acme/shop/deployments"] == {"until": "2026-01-09T00:00:00Z"}


def test_changes_are_enriched_oldest_first_and_each_moves_the_checkpoint() -> None:
    def change(number: int, day: int) -> dict[str, Any]:
        stamp = f"2026-01-{day:02}T00:00:00Z"
        return {
            "number": number, "state": "open", "title": "x", "created_at": stamp,
            "updated_at": stamp, "base": {"ref": "main"}, "head": {"ref": "t", "sha": "h"},
        }  # fmt: skip

    api = Api(
        lists={
            "pulls": [change(3, 8), change(2, 6), change(1, 5)],
            "pulls/1": change(1, 5),
            "pulls/2": change(2, 6) | {"merged_by": None, "commits": 0},
            "pulls/3": change(3, 8),
        }
    )
    stored = {"acme/shop/pulls": {"until": "2026-01-06T00:30:00Z"}}
    pulled = pull(CONNECTOR, context_of(SETTINGS, checkpoints=stored), api)
    pages = [page for page in pulled.pages if page.resource == "acme/shop/pulls"]
    # The overlap of one hour reaches back to change 2, not to change 1.
    assert [page.checkpoint["until"] for page in pages] == [
        "2026-01-06T00:00:00Z",
        "2026-01-08T00:00:00Z",
        "2026-01-10T00:00:00Z",
    ]
    assert "repos/acme/shop/pulls/2/commits" in pulled.urls
    assert "repos/acme/shop/pulls/3/reviews" in pulled.urls
    assert "repos/acme/shop/pulls/1" not in pulled.urls


def test_enriched_change_outranks_message_of_the_same_second() -> None:
    change = {
        "number": 1, "state": "closed", "merged_at": "2026-01-05T00:00:00Z", "title": "x",
        "updated_at": "2026-01-05T00:00:00Z", "base": {"ref": "main"}, "head": {"sha": "h"},
    }  # fmt: skip
    context = MappingContext("source", at("2026-01-06T00:00:00Z"))
    message = {"pull_request": change, "repository": REPOSITORY}
    orders = [
        CONNECTOR.map_payload(Payload(body, "pull_request"), context).facts[0].order
        for body in (message, {**message, "commits": [], "reviews": []})
    ]
    assert orders[0] < orders[1]


def test_finished_run_outranks_running_one_of_the_same_second() -> None:
    context = MappingContext("source", at("2026-01-06T00:00:00Z"))
    finished = run_at(1, at("2026-01-05T00:00:00Z"))
    running = {**finished, "status": "in_progress", "conclusion": None}
    orders = [
        CONNECTOR.map_payload(
            Payload({"workflow_run": run, "repository": REPOSITORY}, "workflow_run"), context
        )
        .facts[0]
        .order
        for run in (running, finished)
    ]
    assert orders[0] < orders[1]


def test_commit_with_parents_outranks_the_pushed_one() -> None:
    context = MappingContext("source", at("2026-01-06T00:00:00Z"))
    pushed = {"id": "aa", "message": "x", "timestamp": "2026-01-05T00:00:00Z"}
    signature = {"name": "Ada", "email": "ada@acme.example", "date": "2026-01-05T00:00:00Z"}
    record = {
        "sha": "aa", "parents": [{"sha": "p"}],
        "commit": {"message": "x", "author": signature, "committer": signature},
    }  # fmt: skip
    push = {"ref": "refs/heads/main", "commits": [pushed], "repository": REPOSITORY}
    first = CONNECTOR.map_payload(Payload(push, "push"), context).facts[0]
    second = CONNECTOR.map_payload(
        Payload({"commit": record, "repository": REPOSITORY}, "commit"), context
    ).facts[0]
    assert first.order < second.order
    assert second.values["parent_shas"] == ["p"]


def test_page_of_the_api_is_split_and_its_records_are_recognised() -> None:
    run = run_at(1, at("2026-01-05T00:00:00Z"))
    parts = split({"total_count": 1, "workflow_runs": [run]}, "saved")
    assert [(part.event, part.body["id"]) for part in parts] == [("workflow_run", 1)]
    listed = split([{"ref": "refs/heads/main", "commits": []}], "push")
    assert [part.event for part in listed] == ["push"]


def test_repository_that_is_no_owner_and_name_is_refused() -> None:
    with pytest.raises(DiagnosticError) as caught:
        pull(CONNECTOR, context_of({"repositories": ["shop"]}), Api())
    assert caught.value.diagnostics[0].code == "FL1007"
    assert "`shop` is no repository" in caught.value.diagnostics[0].message


def test_wrong_ticket_pattern_is_refused_by_its_setting() -> None:
    change = {
        "number": 1, "state": "open", "title": "x", "updated_at": "2026-01-05T00:00:00Z",
        "base": {"ref": "main"}, "head": {"sha": "h"},
    }  # fmt: skip
    context = MappingContext("source", at("2026-01-06T00:00:00Z"), {"ticket_pattern": "[A-Z"})
    with pytest.raises(DiagnosticError) as caught:
        CONNECTOR.map_payload(
            Payload({"pull_request": change, "repository": REPOSITORY}, "pull_request"), context
        )
    assert "`ticket_pattern` is no regular expression" in caught.value.diagnostics[0].message


def test_token_goes_into_the_header_and_none_leaves_it_out() -> None:
    assert auth_headers({"token": "t0"})["Authorization"] == "Bearer t0"
    assert "Authorization" not in auth_headers({})
