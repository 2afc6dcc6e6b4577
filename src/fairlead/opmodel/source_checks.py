"""Checks a source: its URL, its secrets, and the names that its connector knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from fairlead.kernel.diagnostic import Diagnostic
from fairlead.kernel.ids import near_match
from fairlead.opmodel.drafts import Draft, text_at
from fairlead.opmodel.field_errors import key_node, not_a_reference, place_of
from fairlead.opmodel.kinds.source import SECRET_REFERENCE
from fairlead.opmodel.known import Known
from fairlead.opmodel.masking import SECRET_WORD


def check_source(draft: Draft, known: Known) -> Iterator[Diagnostic]:
    """Every finding of one source that its types do not show."""
    yield from _base_url(draft)
    yield from _secrets(draft)
    connector = text_at(draft, "connector")
    terms = known.connectors.get(connector or "")
    yield from _secrets_in_settings(draft, terms.settings if terms else ())
    if connector is None or not known.connectors:
        return
    if terms is None:
        yield unknown_connector(draft, connector, ("connector",), known)
        return
    yield from _unknown_names(draft, connector, "settings", terms.settings)
    yield from _unknown_names(draft, connector, "secrets", terms.secrets)


def unknown_connector(
    draft: Draft, connector: str, location: tuple[str, ...], known: Known
) -> Diagnostic:
    """FL2001 for the id of a connector, at a value or (deeper down) at a key."""
    like = near_match(connector, known.connectors)
    is_key = len(location) > 1
    return Diagnostic(
        "FL2001",
        f"there is no connector `{connector}`",
        draft.tree.place(key_node(draft.node, location))
        if is_key
        else place_of(draft.tree, draft.node, location),
        [f"connectors: {', '.join(sorted(known.connectors))}"],
        f"did you mean `{like}`?" if like else None,
    )


def _secrets(draft: Draft) -> Iterator[Diagnostic]:
    secrets = draft.node.field("secrets")
    for name, (_, node) in ((secrets.fields or {}) if secrets else {}).items():
        if isinstance(node.value, str) and not re.match(SECRET_REFERENCE, node.value):
            yield not_a_reference(name, place_of(draft.tree, draft.node, ("secrets", name)))


def _secrets_in_settings(draft: Draft, allowed: Collection[str]) -> Iterator[Diagnostic]:
    settings = draft.node.field("settings")
    for name, (_, node) in ((settings.fields or {}) if settings else {}).items():
        is_value = isinstance(node.value, str | int) and not isinstance(node.value, bool)
        if is_value and SECRET_WORD.search(name) and name not in allowed:
            yield _misplaced_secret(draft, name)


def _unknown_names(
    draft: Draft, connector: str, part: str, allowed: Collection[str]
) -> Iterator[Diagnostic]:
    node = draft.node.field(part)
    word = part.removesuffix("s")
    for name, (key, _) in ((node.fields or {}) if node else {}).items():
        is_said = part == "settings" and SECRET_WORD.search(name)
        if name not in allowed and not is_said:
            like = near_match(name, allowed)
            yield Diagnostic(
                "FL1005",
                f"connector `{connector}` knows no {word} `{name}`",
                draft.tree.place(key),
                [f"{part}: {', '.join(sorted(allowed)) or 'none'}"],
                f"did you mean `{like}`?" if like else None,
            )


def _misplaced_secret(draft: Draft, name: str) -> Diagnostic:
    return Diagnostic(
        "FL1007",
        f"the setting `{name}` looks like a secret",
        draft.tree.place(key_node(draft.node, ("settings", name))),
        [
            "secrets stand under `secrets`, as references",
            "allowed: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER`",
        ],
        "move it to `secrets`; if this file was ever shared, replace the secret",
    )


def _base_url(draft: Draft) -> Iterator[Diagnostic]:
    url = text_at(draft, "base_url")
    if url is None:
        return
    place = place_of(draft.tree, draft.node, ("base_url",))
    if re.match(r"^https?://[^/]*@", url):
        message = "the `base_url` holds a user name or a password"
        yield Diagnostic(
            "FL1007", message, place, ["log in by `secrets`"], "take it out of the URL"
        )
    elif not re.match(r"^https?://[^\s/]+", url):
        message = f"`{url}` is no URL of an API"
        yield Diagnostic("FL1007", message, place, ["a base URL begins with `https://`"])
