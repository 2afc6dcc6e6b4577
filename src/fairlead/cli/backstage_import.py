"""Brings Backstage descriptors into the model as a patch: shown first, written when asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from fairlead.cli.output import say, suggest, write_file
from fairlead.kernel.diagnostic import DiagnosticError, fail
from fairlead.opmodel.backstage import FOLDERS, Imported, import_descriptors
from fairlead.opmodel.kinds.tier import Tier
from fairlead.opmodel.model import Model
from fairlead.web.proposals import check_changed, patch_of, text_of
from fairlead.web.workspace import open_workspace


def import_backstage(
    start: str | None, files: Sequence[Path], tier: str | None, *, is_written: bool
) -> None:
    """Print the patch that brings the descriptors in, and apply it where `is_written`."""
    root, model = open_workspace(start)
    found = import_descriptors(
        files,
        known={(kind, id_) for kind, held in model.documents.items() for id_ in held},
        tiers=model.all_of(Tier),
        tier=_tier(model, tier),
    )
    if found.problems:
        raise DiagnosticError(*found.problems)
    _tell(found)
    changes = _changes(root, found)
    if not changes:
        say("nothing to bring in: the model has it all")
        return
    patch = patch_of(root, changes)
    report = check_changed(root, changes)
    if report.errors:
        raise DiagnosticError(*report.errors)
    click.echo(patch, nl=False)
    if is_written:
        for name, text in changes.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            write_file(root / name, text)
            say(f"wrote {name}")
        suggest("fairlead model check")
    else:
        say("nothing was written; --write writes it, `git apply` takes it as a patch")
        suggest(f"fairlead model import-backstage --write {' '.join(str(path) for path in files)}")


def _tier(model: Model, asked: str | None) -> str:
    """The tier for services that name none: the asked one, else the least important."""
    tiers = model.all_of(Tier)
    if asked is not None and asked not in tiers:
        raise fail(
            "FL4105",
            f"there is no tier `{asked}`",
            notes=[f"declared: {', '.join(tiers) or 'none'}"],
        )
    if not tiers:
        raise fail(
            "FL4105",
            "the model declares no tier, and every service needs one",
            help="write `kind: Tier` documents first, or start with `fairlead init`",
        )
    return asked or max(tiers.values(), key=lambda tier: tier.rank).id


def _tell(found: Imported) -> None:
    counts: dict[str, int] = {}
    for document in found.documents:
        counts[document["kind"]] = counts.get(document["kind"], 0) + 1
    for kind, count in counts.items():
        say(f"{kind}: {count} to bring in")
    if found.known:
        say(f"already declared, left as they are: {len(found.known)}")
    for kind, count in sorted(found.unknown.items()):
        say(f"kind `{kind}` is not read: {count}")


def _changes(root: Path, found: Imported) -> dict[str, str]:
    """The text of each file with the new documents at its end."""
    changes = {}
    for folder in dict.fromkeys(FOLDERS.values()):
        documents = [d for d in found.documents if FOLDERS[d["kind"]] == folder]
        if documents:
            name = f"{folder}/backstage.yaml"
            before = text_of(root, name)
            added = "---\n".join(_yaml(document) for document in documents)
            if before and not before.endswith("\n"):
                before += "\n"
            changes[name] = f"{before}---\n{added}" if before else added
    return changes


def _yaml(document: dict[str, Any]) -> str:
    import yaml
    import yamlcore

    text: str = yaml.dump(
        document, Dumper=yamlcore.CCoreDumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text
