"""One entry in full, with the proof that it stands in the log at its place."""

from __future__ import annotations

import base64
import json

from django.http import HttpRequest, HttpResponse, JsonResponse

from fairlead.apps.activity.selection import names_of
from fairlead.ledger.audit import AuditEntry
from fairlead.ledger.audit_checkpoints import last_checkpoint
from fairlead.ledger.audit_proofs import prove_entry
from fairlead.methods.merkle import leaf_hash
from fairlead.web.console import render
from fairlead.web.problems import problem


def entry(request: HttpRequest, seq: int) -> HttpResponse:
    """The entry and its inclusion proof, as a page or with `?format=json` as a file."""
    found = AuditEntry.objects.filter(seq=seq).first() if seq < 2**63 else None
    if found is None:
        return problem(request, 404, "No such entry", f"The log has no entry {seq}.", "FL7028")
    proof = prove_entry(seq)
    is_own_text = leaf_hash(found.entry_json.encode()) == proof.leaf
    checkpoint = last_checkpoint()
    if request.GET.get("format") == "json":
        content = {
            "entry": found.entry_json,
            "leaf_sha256": proof.leaf.hex(),
            "index": proof.index,
            "size": proof.size,
            "root": base64.b64encode(proof.root).decode(),
            "path": [node.hex() for node in proof.path],
            "checkpoint": checkpoint.note if checkpoint and proof.is_signed else None,
        }
        name = f'attachment; filename="activity-{seq}.json"'
        return JsonResponse(content, headers={"Content-Disposition": name})
    fields = json.loads(found.entry_json)
    return render(
        request,
        "activity_entry.html",
        title=f"Entry {seq}",
        entry=found,
        fields=fields,
        payload=_readable(found.payload_json),
        is_erased=fields.get("payload_commitment") is not None and not found.salt,
        names=names_of([found]),
        proof=proof,
        holds=proof.holds and is_own_text,
        root=base64.b64encode(proof.root).decode(),
        checkpoint=checkpoint if proof.is_signed else None,
    )


def _readable(text: str) -> str:
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False) if text else ""
