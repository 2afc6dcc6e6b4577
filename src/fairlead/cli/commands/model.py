"""`fairlead model`: check, show and describe the operating model."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fairlead.cli.output import print_json, print_rows, print_table, say, suggest

if TYPE_CHECKING:
    from fairlead.kernel.diagnostic import Diagnostic
    from fairlead.opmodel.loader import ModelReport
    from fairlead.opmodel.model import Model


@click.group(name="model", short_help="Check, show and describe the operating model.")
def command() -> None:
    """Check, show and describe the operating model.

    \b
    Example:
      fairlead model check
      fairlead model show Service checkout
    """


@command.command()
@click.argument("path", required=False, type=click.Path(exists=True))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to print findings.",
)
@click.pass_context
def check(ctx: click.Context, path: str | None, output_format: str) -> None:
    """Check every file of the workspace at or above PATH; exit 1 when something is wrong.

    \b
    Example:
      fairlead model check
      fairlead model check my-org --format sarif > model.sarif
    """
    from fairlead.web.workspace import check_workspace

    root, report = check_workspace(path or _chosen(ctx))
    if output_format == "text":
        _print_text(root, report)
        suggest(_next_command(path, report))
    else:
        _print_findings(root, report, output_format)
    if report.errors:
        sys.exit(1)


def _chosen(ctx: click.Context) -> str | None:
    """The workspace that the group's `--workspace` names."""
    found: str | None = (ctx.obj or {}).get("workspace")
    return found


def _print_text(root: Path, report: ModelReport) -> None:
    click.echo("\n\n".join(item.render() for item in report.findings), nl=bool(report.findings))
    if report.errors:
        say(f"\n{_count(len(report.errors), 'error')} in {_count(report.files_count, 'file')}")
        return
    print_table(_counts(report.model))
    say(f"{root}: {_count(report.files_count, 'file')}, no errors")


def _next_command(path: str | None, report: ModelReport) -> str:
    if report.errors:
        return f"fairlead explain {report.errors[0].code}"
    return f"fairlead -w {path} model show" if path not in (None, ".") else "fairlead model show"


def _count(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _counts(model: Model) -> list[dict[str, Any]]:
    return [{"kind": kind, "documents": len(found)} for kind, found in model.documents.items()]


def _print_findings(root: Path, report: ModelReport, output_format: str) -> None:
    from fairlead.cli.sarif import as_rows, as_sarif

    findings: Sequence[Diagnostic] = report.findings
    if output_format == "sarif":
        print_json(as_sarif(findings))
        return
    counts = {row["kind"]: row["documents"] for row in _counts(report.model)}
    print_json(
        {
            "workspace": str(root),
            "is_valid": not report.errors,
            "files_count": report.files_count,
            "documents": counts,
            "findings": as_rows(findings),
        }
    )


@command.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".fairlead/schemas"),
    show_default=True,
    help="Folder for the schemas.",
)
def schema(out: Path) -> None:
    """Write JSON Schemas of the kinds, so that your editor completes and checks while you type.

    \b
    Example:
      fairlead model schema
      fairlead model schema --out schemas
    """
    from fairlead.kernel.diagnostic import fail
    from fairlead.opmodel.schema import COMBINED, schemas
    from fairlead.web.workspace import known_connectors, known_kpis

    found = schemas(known_kpis=known_kpis(), known_connectors=known_connectors())
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in found.items():
            text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
            (out / f"{name}.schema.json").write_text(text, encoding="utf-8", newline="\n")
            click.echo(str(out / f"{name}.schema.json"))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise fail("FL8002", f"`{out}` cannot be written: {reason}") from None
    combined = (out / f"{COMBINED}.schema.json").as_posix()
    say("\nto use them in an editor with the YAML language server, put into its settings")
    say(f'  "yaml.schemas": {{"./{combined}": ["**/*.yaml"]}}'.replace(".//", "/"))
    say("or at the top of a file")
    say(f"  # yaml-language-server: $schema=<path to>/{COMBINED}.schema.json")
    suggest("fairlead model check")


@command.command()
@click.argument("kind", required=False)
@click.argument("document_id", metavar="[ID]", required=False)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "yaml"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.pass_context
def show(ctx: click.Context, kind: str | None, document_id: str | None, output_format: str) -> None:
    """Show what is declared: all kinds, the documents of a KIND, or one of them by ID.

    \b
    Example:
      fairlead model show
      fairlead model show Service
      fairlead model show Service checkout --format yaml
    """
    from fairlead.web.workspace import open_workspace

    name = _kind_name(kind) if kind else None
    _, model = open_workspace(_chosen(ctx))
    if name is None:
        _print(_counts(model), output_format)
        suggest("fairlead model show Service")
        return
    documents = model.documents.get(name, {})
    if document_id is None:
        _print([_row(model, name, id_) for id_ in documents], output_format)
        return
    if document_id not in documents:
        _refuse_id(name, document_id, documents)
    whole = documents[document_id].model_dump(mode="json", by_alias=True, exclude_none=True)
    if output_format == "table":
        where = {"field": "declared at", "value": str(model.places[name, document_id])}
        print_table([where, *({"field": key, "value": _short(whole[key])} for key in whole)])
    else:
        _print(whole, output_format)


@command.command("import-backstage")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--tier", help="The tier of services that name none; default: the least important.")
@click.option("--write", "is_written", is_flag=True, help="Write it; else only the patch is shown.")
@click.pass_context
def import_backstage(
    ctx: click.Context, files: tuple[Path, ...], tier: str | None, is_written: bool
) -> None:
    """Bring Backstage descriptors (catalog-info.yaml) into the model, as a patch to look at first.

    \b
    Example:
      fairlead model import-backstage catalog-info.yaml
      fairlead model import-backstage --tier tier-2 --write */catalog-info.yaml
    """
    from fairlead.cli.backstage_import import import_backstage as bring

    bring(_chosen(ctx), files, tier, is_written=is_written)


def _row(model: Model, kind: str, id_: str) -> dict[str, Any]:
    document = model.documents[kind][id_]
    return {"id": id_, "title": document.title, "declared at": str(model.places[kind, id_])}


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print(value: Any, output_format: str) -> None:
    if output_format == "yaml":
        import yaml
        import yamlcore

        text = yaml.dump(value, Dumper=yamlcore.CCoreDumper, sort_keys=False, allow_unicode=True)
        click.echo(text, nl=False)
    elif output_format == "json" or isinstance(value, Mapping):
        print_json(value)
    else:
        print_rows(value, output_format)


def _kind_name(text: str) -> str:
    """The kind that was meant: any case, snake_case or plural; a usage error else."""
    from fairlead.kernel.ids import near_match
    from fairlead.opmodel.kinds import kinds
    from fairlead.opmodel.references import plural, singular

    wanted = text.lower().replace("_", "").replace("-", "")
    for name in kinds():
        forms = {
            name.lower(),
            plural(name).lower().replace(" ", ""),
            singular(name).lower().replace(" ", ""),
        }
        if wanted in forms:
            return name
    like = near_match(text, kinds())
    hint = f" Did you mean `{like}`?" if like else ""
    message = f"unknown kind `{text}`; kinds: {', '.join(kinds())}.{hint}"
    raise click.BadParameter(message, param_hint="KIND")


def _refuse_id(kind: str, document_id: str, known: Mapping[str, Any]) -> None:
    from fairlead.kernel.ids import near_match

    like = near_match(document_id, known)
    hint = f" Did you mean `{like}`?" if like else ""
    message = f"there is no {kind} `{document_id}` ({len(known)} found).{hint}"
    raise click.BadParameter(message, param_hint="ID")
