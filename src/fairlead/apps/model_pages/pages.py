"""The model's kinds and documents, one document's source, and the form of a proposal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from django.http import HttpRequest, HttpResponse

from fairlead.kernel.diagnostic import Diagnostic, fail
from fairlead.kernel.ids import near_match
from fairlead.ledger.permissions import is_allowed
from fairlead.opmodel.kinds import kinds
from fairlead.opmodel.model_files import model_files
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.proposals import as_file, check_changed, check_name, patch_of, text_of
from fairlead.web.questions import paging_of, query_with
from fairlead.web.requests import actor_of


@dataclass(frozen=True)
class SourceLine:
    """One line of a file; whether it belongs to the document that is shown."""

    number: int
    text: str
    is_marked: bool


def model(request: HttpRequest) -> HttpResponse:
    """Every kind and document, and everything that is wrong with the files."""
    loaded = desk().workspace.live_model.now()
    kind = request.GET.get("kind", "")
    if kind and kind not in kinds():
        raise _unknown("kind", kind, list(kinds()))
    rows = [
        (name, document.id, document.title or "", loaded.model.places.get((name, document.id)))
        for name, documents in loaded.model.documents.items()
        if kind in ("", name)
        for document in documents.values()
    ]
    paging = paging_of(request, len(rows))
    return render(
        request,
        "model.html",
        title="Model",
        kinds=[(name, len(loaded.model.documents.get(name, {}))) for name in kinds()],
        kind=kind,
        rows=rows[paging.start : paging.end],
        paging=paging,
        link=partial(query_with, request),
        findings=loaded.report.findings,
        is_broken=bool(loaded.report.errors),
        files_count=loaded.report.files_count,
        can_propose=is_allowed(actor_of(request), "model:propose"),
    )


def document(request: HttpRequest, kind: str, document_id: str) -> HttpResponse:
    """One document in its file, with line numbers."""
    loaded = desk().workspace.live_model.now()
    if kind not in kinds():
        raise _unknown("kind", kind, list(kinds()))
    documents = loaded.model.documents.get(kind, {})
    place = loaded.model.places.get((kind, document_id))
    if document_id not in documents or place is None or place.file is None:
        raise _unknown(kind, document_id, list(documents))
    text = text_of(desk().workspace.root, place.file)
    return render(
        request,
        "model_document.html",
        title=documents[document_id].title or document_id,
        kind=kind,
        document=documents[document_id],
        place=place,
        lines=source_lines(text, place.line or 1),
        can_propose=is_allowed(actor_of(request), "model:propose"),
    )


def source_lines(text: str, line: int) -> list[SourceLine]:
    """The lines of a file; those of the document around `line` are marked."""
    lines = text.splitlines()
    ends = [place for place, one in enumerate(lines, 1) if one.startswith("---")]
    start = max((end for end in ends if end < line), default=0)
    stop = min((end for end in ends if end > line), default=len(lines) + 1)
    return [SourceLine(n, one, start < n < stop) for n, one in enumerate(lines, 1)]


def propose(request: HttpRequest) -> HttpResponse:
    """Edit one file in a form; the answer is a patch, and nothing is written here."""
    root = desk().workspace.root
    asked = request.POST if request.method == "POST" else request.GET
    name = asked.get("file", "").strip()
    if not name:
        names = [name for _, name in model_files(root).files]
        return render(request, "model_files.html", title="Propose a change", names=names)
    check_name(root, name)
    before = text_of(root, name)
    text = as_file(request.POST.get("text", ""), before) if request.method == "POST" else before
    patch = ""
    findings: Sequence[Diagnostic] = ()
    if request.method == "POST":
        patch = patch_of(root, {name: text})
        report = check_changed(root, {name: text})
        findings = report.findings
        if request.POST.get("do") == "download" and not report.errors:
            answer = HttpResponse(patch, content_type="text/x-diff; charset=utf-8")
            stem = PurePosixPath(name).stem
            answer.headers["Content-Disposition"] = f'attachment; filename="{stem}.patch"'
            return answer
    return render(
        request,
        "model_propose.html",
        title="Propose a change",
        file=name,
        is_new=not before,
        text=text,
        patch=patch.splitlines(),
        findings=findings,
        is_wrong=any(item.severity == "error" for item in findings),
        status=400 if any(item.severity == "error" for item in findings) else 200,
    )


def _unknown(noun: str, name: str, known: list[str]) -> Exception:
    like = near_match(name, known)
    return fail(
        "FL4113",
        f"the model has no {noun} `{name}`",
        notes=[f"{len(known)} are there"],
        help=f"did you mean `{like}`?" if like else "all stand under Model",
    )
