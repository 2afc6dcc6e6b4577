"""Pulling GitLab: keyset and page links, rising checkpoints, retried jobs."""

from __future__ import annotations

from typing import Any

from fairlead.connectors.contract import MappingContext, Payload, Request, Response
from fairlead.connectors.gitlab import CONNECTOR, auth_headers
from tests.connectors.plans import at, context_of, ok, pull

BASE = "projects/acme%2Ftools%2Fledger"
PROJECT = {"path_with_namespace": "acme/tools/ledger", "default_branch": "main"}
SETTINGS = {"projects": ["acme/tools/ledger"]}
CURSOR = f"https://gitlab.example/api/v4/{BASE}/pipelines?pagination=keyset&cursor=eyJpZCI6IjEifQ"


def pipeline(number: int, updated_at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "project_id": 1, "sha": "aa", "ref": "main", "source": "push",
        "status": "success", "created_at": "2026-01-02T00:00:00.000Z", "updated_at": updated_at,
        **more,
    }  # fmt: skip


class Api:
    """GitLab's API as far as the case needs it; lists that are not given are empty."""

    def __init__(self, answers: dict[str, Response]) -> None:
        self.answers = answers

    def __call__(self, request: Request) -> Response:
        if request.url == BASE:
            return ok({**PROJECT, "id": 1})
        return self.answers.get(request.url, ok([]))


def test_next_page_by_keyset_cursor_is_followed_as_it_is_given() -> None:
    first = pipeline(1, "2026-01-02T00:10:00.000Z")
    second = pipeline(2, "2026-01-03T00:10:00.000Z")
    api = Api(
        {
            f"{BASE}/pipelines": ok([first], CURSOR),
            CURSOR: ok([second]),
            f"{BASE}/pipelines/1": ok(first),
            f"{BASE}/pipelines/2": ok(second),
        }
    )
    pulled = pull(CONNECTOR, context_of(SETTINGS), api)
    asked = next(r for r in pulled.requests if r.url == f"{BASE}/pipelines")
    assert asked.params == {
        "updated_after": "2026-01-01T00:00:00.000Z",
        "order_by": "updated_at",
        "sort": "asc",
        "per_page": "100",
    }
    assert CURSOR in pulled.urls
    pages = [page for page in pulled.pages if page.resource == "acme/tools/ledger/pipelines"]
    assert [page.checkpoint["until"] for page in pages] == [
        "2026-01-02T00:10:00.000Z",
        "2026-01-10T00:00:00.000Z",
    ]
    assert [page.covered for page in pages] == [
        None,
        (at("2026-01-01T00:00:00Z"), at("2026-01-10T00:00:00Z")),
    ]


def test_next_pull_begins_an_hour_before_the_checkpoint() -> None:
    stored = {"acme/tools/ledger/pipelines": {"until": "2026-01-05T12:00:00.000Z"}}
    pulled = pull(CONNECTOR, context_of(SETTINGS, checkpoints=stored), Api({}))
    asked = next(r for r in pulled.requests if r.url == f"{BASE}/pipelines")
    assert asked.params["updated_after"] == "2026-01-05T11:00:00.000Z"


def test_retried_jobs_of_a_pipeline_are_asked_for_and_counted() -> None:
    item = pipeline(1, "2026-01-02T00:30:00.000Z", finished_at="2026-01-02T00:30:00.000Z")
    jobs = [
        {
            "id": number, "name": "test", "status": status,
            "created_at": "2026-01-02T00:00:00.000Z", "started_at": "2026-01-02T00:01:00.000Z",
            "finished_at": "2026-01-02T00:20:00.000Z",
        }
        for number, status in ((12, "success"), (11, "failed"))
    ]  # fmt: skip
    api = Api(
        {
            f"{BASE}/pipelines": ok([item]),
            f"{BASE}/pipelines/1": ok(item),
            f"{BASE}/pipelines/1/jobs": ok(jobs),
        }
    )
    pulled = pull(CONNECTOR, context_of(SETTINGS), api)
    asked = next(r for r in pulled.requests if r.url.endswith("/jobs"))
    assert asked.params["include_retried"] == "true"
    facts = [f for f in pulled.facts(CONNECTOR) if f.type == "pipeline_jobs"]
    assert {f.values["job_ref"]: f.values["retry_count"] for f in facts} == {"11": 0, "12": 1}


def test_changes_carry_commits_and_notes_and_releases_are_cut_by_time() -> None:
    change = {
        "id": 9, "iid": 4, "state": "opened", "title": "x", "sha": "h", "target_branch": "main",
        "created_at": "2026-01-02T00:00:00.000Z", "updated_at": "2026-01-02T00:00:00.000Z",
        "author": {"username": "ada"},
    }  # fmt: skip
    note = {
        "id": 7, "body": "Why?", "system": False, "author": {"username": "ben"},
        "created_at": "2026-01-02T01:00:00.000Z",
    }  # fmt: skip
    releases = [
        {"tag_name": "v2", "released_at": "2026-01-03T00:00:00Z", "created_at": None},
        {"tag_name": "v1", "released_at": "2025-06-01T00:00:00Z", "created_at": None},
    ]
    releases = [{**item, "created_at": item["released_at"]} for item in releases]
    api = Api(
        {
            f"{BASE}/merge_requests": ok([change]),
            f"{BASE}/merge_requests/4/notes": ok([note]),
            f"{BASE}/releases": ok(releases),
        }
    )
    pulled = pull(CONNECTOR, context_of(SETTINGS), api)
    assert f"{BASE}/merge_requests/4/commits" in pulled.urls
    facts = pulled.facts(CONNECTOR)
    assert [f.values["review_ref"] for f in facts if f.type == "change_reviews"] == ["note:7"]
    assert [f.values["tag"] for f in facts if f.type == "releases"] == ["v2"]


def test_job_message_with_retries_outranks_the_job_inside_its_pipeline() -> None:
    context = MappingContext("source", at("2026-01-06T00:00:00Z"))
    times = {"created_at": "2026-01-05 10:00:00 UTC", "finished_at": "2026-01-05 10:09:00 UTC"}
    inside = {
        "object_kind": "pipeline", "project": PROJECT,
        "object_attributes": {"id": 1, "status": "success", **times},
        "builds": [{"id": 5, "name": "t", "status": "success", **times}],
    }  # fmt: skip
    alone = {
        "object_kind": "build", "project": PROJECT, "build_id": 5, "build_name": "t",
        "build_status": "success", "build_created_at": times["created_at"],
        "build_finished_at": times["finished_at"], "retries_count": 1, "pipeline_id": 1,
    }  # fmt: skip
    first = CONNECTOR.map_payload(Payload(inside), context).facts[1]
    second = CONNECTOR.map_payload(Payload(alone), context).facts[0]
    assert first.values["job_ref"] == second.values["job_ref"] == "5"
    assert first.order < second.order


def test_flag_delivered_twice_is_one_event_and_turned_twice_are_two() -> None:
    body = {
        "object_kind": "feature_flag", "project": PROJECT,
        "object_attributes": {"id": 6, "name": "f", "active": True},
    }  # fmt: skip
    refs = []
    for delivery, instant in (("d1", "10:00"), ("d1", "10:05"), ("d2", "11:00")):
        context = MappingContext("source", at(f"2026-01-06T{instant}:00Z"))
        fact = CONNECTOR.map_payload(Payload(body, delivery_ref=delivery), context).facts[0]
        refs.append(fact.values["event_ref"])
    assert refs[0] == refs[1] != refs[2]


def test_token_goes_into_the_private_token_header() -> None:
    assert auth_headers({"token": "t0"}) == {"PRIVATE-TOKEN": "t0"}
    assert auth_headers({}) == {}
