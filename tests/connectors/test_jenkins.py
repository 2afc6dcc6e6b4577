"""Pulling Jenkins: folders, multibranch jobs, ranges of builds, checkpoints."""

from __future__ import annotations

from typing import Any

from fairlead.connectors.contract import Request, Response
from fairlead.connectors.jenkins import CONNECTOR, auth_headers
from tests.connectors.plans import MISSING, at, context_of, ok, pull

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
RUN = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
PRIMARY = "jenkins.scm.api.metadata.PrimaryInstanceMetadataAction"


def millis(text: str) -> int:
    return int(at(text).timestamp() * 1000)


def build(number: int, began_at: str, **more: Any) -> dict[str, Any]:
    return {
        "_class": RUN, "number": number, "building": False, "result": "SUCCESS",
        "timestamp": millis(began_at), "duration": 60_000, "actions": [], **more,
    }  # fmt: skip


class Api:
    """Jenkins' api/json over a tree of jobs and their builds, newest first, cut by the range."""

    def __init__(self, jobs: dict[str, dict[str, Any]], **described: Any) -> None:
        self.jobs, self.described = jobs, described

    def __call__(self, request: Request) -> Response:
        name, _, resource = request.url.rpartition("/api/json")
        if request.url.endswith("wfapi/describe"):
            found = self.described.get(request.url)
            return ok(found) if found else MISSING
        assert resource == ""
        job = self.jobs[name]
        tree = request.params["tree"]
        if not tree.startswith("builds["):
            return ok({key: value for key, value in job.items() if key != "builds"})
        first, last = tree.rpartition("{")[2].rstrip("}").split(",")
        return ok({"builds": job["builds"][int(first) : int(last)]})


def branch_jobs() -> dict[str, dict[str, Any]]:
    return {
        "job/acme": {
            "_class": FOLDER,
            "jobs": [
                {"name": "search", "fullName": "acme/search", "_class": MULTIBRANCH},
                {"name": "nightly", "fullName": "acme/nightly", "_class": PIPELINE},
            ],
        },
        "job/acme/job/search": {
            "_class": MULTIBRANCH,
            "jobs": [
                {
                    "name": "main",
                    "fullName": "acme/search/main",
                    "_class": PIPELINE,
                    "actions": [{}, {"_class": PRIMARY}],
                },
                {
                    "name": "feature%2Fx",
                    "fullName": "acme/search/feature%2Fx",
                    "_class": PIPELINE,
                    "actions": [],
                },
            ],
        },
        "job/acme/job/search/job/main": {
            "_class": PIPELINE,
            "builds": [build(9, "2026-01-05T00:00:00Z")],
        },
        "job/acme/job/search/job/feature%252Fx": {
            "_class": PIPELINE,
            "builds": [build(2, "2026-01-04T00:00:00Z")],
        },
        "job/acme/job/nightly": {
            "_class": PIPELINE,
            "builds": [build(4, "2026-01-03T00:00:00Z")],
        },
    }


def test_folders_and_multibranch_jobs_are_read_to_their_last_branch() -> None:
    pulled = pull(CONNECTOR, context_of({"jobs": ["acme"]}), Api(branch_jobs()))
    facts = pulled.facts(CONNECTOR)
    runs = {f.values["run_ref"]: f.values for f in facts if f.type == "pipeline_runs"}
    assert list(runs) == ["acme/search/main#9", "acme/search/feature%2Fx#2", "acme/nightly#4"]
    assert runs["acme/search/main#9"]["is_default_branch"] is True
    assert runs["acme/search/feature%2Fx#2"]["is_default_branch"] is False
    assert runs["acme/nightly#4"]["is_default_branch"] is None
    assert runs["acme/search/main#9"]["pipeline_id"] == "acme/search"
    assert runs["acme/nightly#4"]["pipeline_id"] == "acme/nightly"


def test_stages_are_told_where_the_plugin_is_there_and_missed_without_error_where_not() -> None:
    stages = [
        {
            "id": "6",
            "name": "Build",
            "status": "SUCCESS",
            "startTimeMillis": millis("2026-01-05T00:00:10Z"),
            "durationMillis": 20_000,
        }
    ]
    described = {"status": "SUCCESS", "queueDurationMillis": 10_000, "stages": stages}
    place = "job/acme/job/search/job/main/9/wfapi/describe"
    api = Api(branch_jobs(), **{place: described})
    facts = pull(CONNECTOR, context_of({"jobs": ["acme"]}), api).facts(CONNECTOR)
    queues = {
        f.values["run_ref"]: f.values["queue_seconds"] for f in facts if f.type == "pipeline_runs"
    }
    assert queues["acme/search/main#9"] == 10
    assert queues["acme/nightly#4"] is None
    jobs = [f.values for f in facts if f.type == "pipeline_jobs"]
    assert [(job["job_ref"], job["result"]) for job in jobs] == [
        ("acme/search/main#9/6", "success")
    ]
    assert jobs[0]["finished_at"] == at("2026-01-05T00:00:30Z")


def test_builds_are_read_in_ranges_until_one_is_older_than_the_start() -> None:
    recent = [build(n, "2026-01-09T00:00:00Z") for n in range(250, 100, -1)]
    old = [build(n, "2025-12-01T00:00:00Z") for n in range(100, 0, -1)]
    api = Api({"job/shop": {"_class": PIPELINE, "builds": recent + old}})
    pulled = pull(CONNECTOR, context_of({"jobs": ["shop"]}), api)
    assert len(pulled.bodies("shop/builds")) == 150
    trees = [r.params["tree"] for r in pulled.requests if "{" in r.params.get("tree", "")]
    assert [tree.rpartition("{")[2] for tree in trees] == ["0,100}", "100,200}"]
    pages = [page for page in pulled.pages if page.resource == "shop/builds"]
    # From new to old: only the end of the list moves the checkpoint.
    assert [page.checkpoint for page in pages] == [{}, {"until": "2026-01-10T00:00:00+00:00"}]
    assert [page.covered for page in pages] == [
        None,
        (at("2026-01-01T00:00:00Z"), at("2026-01-10T00:00:00Z")),
    ]


def test_running_build_holds_the_checkpoint_for_a_week_at_most() -> None:
    running = build(3, "2026-01-08T00:00:00Z", building=True, result=None, duration=0)
    hanging = build(2, "2025-12-20T00:00:00Z", building=True, result=None, duration=0)
    for builds, until in (
        ([running], "2026-01-08T00:00:00+00:00"),
        ([running, hanging], "2026-01-03T00:00:00+00:00"),
    ):
        api = Api({"job/shop": {"_class": PIPELINE, "builds": builds}})
        pulled = pull(CONNECTOR, context_of({"jobs": ["shop"]}), api)
        assert pulled.checkpoints["shop/builds"] == {"until": until}


def test_build_that_began_before_the_checkpoint_and_ended_after_is_read_again() -> None:
    long = build(1, "2026-01-05T10:00:00Z", duration=4 * 3_600_000)
    api = Api({"job/shop": {"_class": PIPELINE, "builds": [long]}})
    stored = {"shop/builds": {"until": "2026-01-05T14:30:00+00:00"}}
    context = context_of({"jobs": ["shop"]}, checkpoints=stored)
    facts = pull(CONNECTOR, context, api).facts(CONNECTOR)
    # It ended at 14:00, within the overlap of one hour before 14:30.
    assert [f.values["finished_at"] for f in facts] == [at("2026-01-05T14:00:00Z")]


def test_without_configured_jobs_the_whole_server_is_read() -> None:
    jobs = branch_jobs()
    jobs[""] = {"_class": "hudson.model.Hudson", "jobs": [{"name": "acme", "_class": FOLDER}]}

    def answer(request: Request) -> Response:
        if request.url == "api/json":
            return ok(jobs[""])
        return Api(jobs)(request)

    facts = pull(CONNECTOR, context_of({}), answer).facts(CONNECTOR)
    assert len([f for f in facts if f.type == "pipeline_runs"]) == 3


def test_account_and_token_make_a_basic_header() -> None:
    # base64 of "ada:t0k"
    assert auth_headers({"user": "ada", "token": "t0k"}) == {"Authorization": "Basic YWRhOnQwaw=="}
    assert auth_headers({"token": "t0k"}) == {}
