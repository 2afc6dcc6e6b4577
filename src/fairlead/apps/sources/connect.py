"""How to connect a tool: the webhook's address, the source document, the secret, the events."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from fairlead.connectors import connector_ids, load_connector
from fairlead.ingest.inbound import INBOUND, scheme_of
from fairlead.kernel.ids import near_match
from fairlead.kernel.wording import words
from fairlead.ledger.permissions import is_allowed
from fairlead.opmodel.kinds.source import Source
from fairlead.packs.connect import NAMES, set_ups
from fairlead.packs.scorecard import SCORECARD
from fairlead.web.console import render
from fairlead.web.desk import desk
from fairlead.web.problems import problem
from fairlead.web.requests import actor_of

_HEAD = """\
# workspace/sources/{id}.yaml
apiVersion: fairlead/v1
kind: Source
id: {id}
connector: {connector}
"""


@dataclass(frozen=True)
class Offer:
    """One connector in the list: what it is called, what it serves, whether it is there."""

    connector_id: str
    name: str
    serves: tuple[str, ...]
    used_by: tuple[str, ...]


def hook_url(request: HttpRequest, source_id: str) -> str:
    """The address at which a source receives, as its tool must be told."""
    return request.build_absolute_uri(f"/hooks/{source_id}")


def connectors(request: HttpRequest) -> HttpResponse:
    """The connectors that there are, and those that the scorecard waits for."""
    there = [_offer(name) for name in connector_ids()]
    wanted = sorted({name for line in SCORECARD for name in line.connect} - set(connector_ids()))
    return render(
        request,
        "source_connect.html",
        title="Connect a source",
        there=there,
        wanted=[_offer(name) for name in wanted],
    )


def _serves(connector_id: str) -> tuple[str, ...]:
    return tuple(line.name for line in SCORECARD if connector_id in line.connect)


def _name(connector_id: str) -> str:
    return NAMES.get(connector_id, words(connector_id))


def _offer(connector_id: str) -> Offer:
    is_there = connector_id in connector_ids()
    name = load_connector(connector_id).name if is_there else _name(connector_id)
    return Offer(connector_id, name, _serves(connector_id), _used_by(connector_id))


def _used_by(connector_id: str) -> tuple[str, ...]:
    sources = desk().workspace.model.all_of(Source).values()
    return tuple(sorted(source.id for source in sources if source.connector == connector_id))


def connector(request: HttpRequest, connector_id: str) -> HttpResponse:
    """The set-up of one connector; one that is not there yet says so, and what is."""
    if connector_id not in connector_ids():
        return _not_there(request, connector_id)
    found = load_connector(connector_id)
    inbound = INBOUND.get(connector_id)
    used_by = _used_by(connector_id)
    source_id = used_by[0] if used_by and connector_id not in used_by else connector_id
    return render(
        request,
        "source_connector.html",
        title=f"Connect {found.name}",
        connector=found,
        offer=_offer(connector_id),
        set_up=set_ups().get(connector_id),
        url=hook_url(request, source_id) if inbound else "",
        schemes=[
            (name, scheme_of(connector_id, {"webhook_scheme": name}).label)
            for name in inbound.schemes
        ]
        if inbound
        else [],
        document=source_document(connector_id, source_id),
        pulls=found.plan is not None,
        source_id=source_id,
        may_configure=is_allowed(actor_of(request), "source:configure"),
    )


def source_document(connector_id: str, source_id: str) -> str:
    """The document of a source, ready to be put into the model."""
    found = load_connector(connector_id)
    text = _HEAD.format(id=source_id, connector=connector_id)
    if found.plan is not None and found.base_url is None:
        text += f"base_url: https://{connector_id}.example.com\n"
    prefix = source_id.upper().replace("-", "_")
    names = [name for name in found.secrets if name != "webhook_secret"]
    if connector_id in INBOUND:
        names.append("webhook_secret")
    if names:
        text += "secrets:\n"
        text += "".join(f"  {name}: env:{prefix}_{name.upper()}\n" for name in names)
    return text


def _not_there(request: HttpRequest, connector_id: str) -> HttpResponse:
    serves = _serves(connector_id)
    if not serves:
        like = near_match(connector_id, connector_ids())
        detail = f"There is no connector {connector_id}."
        return problem(
            request, 404, "No such connector", detail + (f" Did you mean {like}?" if like else "")
        )
    others = sorted(
        {name for line in SCORECARD if connector_id in line.connect for name in line.connect}
        & set(connector_ids())
    )
    return render(
        request,
        "source_not_there.html",
        title=f"Connect {_name(connector_id)}",
        name=_name(connector_id),
        serves=serves,
        others=[_offer(name) for name in others],
    )
