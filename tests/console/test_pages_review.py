"""The daily review: yesterday and now, its notes, and who may write them."""

from __future__ import annotations

from datetime import date

from fairlead.apps.review.services import notes_of_day
from fairlead.ledger.audit import AuditEntry
from fairlead.web.desk import desk
from fairlead.web.present_state import read_present, yesterday
from tests.console.conftest import Login
from tests.console.test_pages_kpi import text_of

DAY = date(2026, 11, 22)


def test_yesterday_is_the_local_day_before_the_present_one(facts: None) -> None:
    # It is 07:00 on the 23rd in Berlin; the 22nd began at 23:00 UTC on the 21st.
    asked = yesterday()
    found = read_present(workspace=desk().workspace, day=asked.day)
    assert asked.day == DAY
    assert found.day.start.isoformat() == "2026-11-21T23:00:00+00:00"
    assert found.day.end.isoformat() == "2026-11-22T23:00:00+00:00"


def test_events_of_the_review_are_those_of_the_day(facts: None) -> None:
    workspace = desk().workspace
    for day in (date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)):
        found = read_present(workspace=workspace, day=day)
        with workspace.session(None) as session:
            deployments = session.rows("deployments")
            incidents = session.rows("incidents")
        failed = {
            row["deployment_id"]
            for row in deployments
            if row["outcome"] in ("failure", "error", "degraded")
            and row["stage"] == "production"
            and found.day.contains(row["finished_at"])
        }
        declared = {
            row["incident_id"] for row in incidents if found.day.contains(row["declared_at"])
        }
        assert {line.deployment_id for line in found.failed_deployments} == failed
        assert {line.incident_id for line in found.declared} == declared


def test_review_says_what_is_quiet_and_what_is_not_connected(login: Login, facts: None) -> None:
    page = text_of(login("viewer").get("/review"))
    assert "Sunday, 22 November 2026" in page
    assert "Not connected: burn of each service" in page
    assert "/sources/connect/focus" in page
    assert "No note yet for this day." in page
    assert "Record the note" not in page


def test_a_note_is_kept_with_its_author_and_in_the_audit_log(login: Login, facts: None) -> None:
    client = login("responder")
    text = "Roll back <b>checkout</b>; Ada does it."
    answer = client.post("/review/notes", {"note": f"  {text}\n"})
    assert (answer.status_code, answer["Location"]) == (302, "/review#notes")
    entry = AuditEntry.objects.get(action="review_noted")
    assert (entry.object_type, entry.object_id) == ("review", "2026-11-22")
    assert [(note.author, note.text) for note in notes_of_day(day=DAY)] == [("responder", text)]
    page = text_of(client.get("/review"))
    assert "Roll back &lt;b&gt;checkout&lt;/b&gt;" in page
    assert "<b>checkout" not in page


def test_an_empty_or_overlong_note_is_refused_and_kept_in_the_form(
    login: Login, facts: None
) -> None:
    client = login("responder")
    empty = client.post("/review/notes", {"note": "   "})
    assert (empty.status_code, "Write something first." in text_of(empty)) == (400, True)
    long = client.post("/review/notes", {"note": "word " * 1000})
    assert (long.status_code, "this one has 4,999" in text_of(long)) == (400, True)
    assert "word word" in text_of(long)
    assert not AuditEntry.objects.filter(action="review_noted").exists()


def test_a_role_without_the_permission_records_nothing(login: Login, facts: None) -> None:
    answer = login("viewer").post("/review/notes", {"note": "hello"})
    assert answer.status_code == 403
    assert not AuditEntry.objects.filter(action="review_noted").exists()
