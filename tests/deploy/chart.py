"""Renders the templates of our chart: the small part of the template language that they use.

The program `helm` is not needed. What a template uses beyond this part fails here, so that the
rendering is never a guess; a real `helm lint` remains the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

TAG = re.compile(
    r"(?P<trim>[ \t\n]*\{\{-|\{\{)\s*(?P<body>.*?)\s*(?P<end>-\}\}[ \t\n]*|\}\})", re.S
)
WORD = re.compile(r'"[^"]*"|\((?:[^()]|\([^()]*\))*\)|\S+')


class Chart:
    """One chart with its values, and the named templates of its `.tpl` files."""

    def __init__(self, folder: Path, values: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        base = yaml.safe_load((folder / "values.yaml").read_text())
        chart = yaml.safe_load((folder / "Chart.yaml").read_text())
        self.scope = {
            "Values": merged(base, values or {}),
            "Chart": {key[:1].upper() + key[1:]: value for key, value in chart.items()},
            "Release": {"Name": "main", "Namespace": "default"},
        }
        self.named: dict[str, str] = {}
        for path in sorted((folder / "templates").glob("*.tpl")):
            self.render(path.read_text())

    def documents(self) -> list[dict[str, Any]]:
        """Every object that the chart makes."""
        found = []
        for path in sorted((self.folder / "templates").glob("*.yaml")):
            found += [d for d in yaml.safe_load_all(self.render(path.read_text())) if d]
        return found

    def render(self, text: str) -> str:
        """The text with its tags worked out; ValueError for a tag that is not known."""
        pieces: list[Any] = []
        at = 0
        for tag in TAG.finditer(text):
            pieces += [text[at : tag.start()], tag["body"]]
            at = tag.end()
            if not tag["trim"].endswith("-"):
                pieces[-2] += tag["trim"][:-2]
            if not tag["end"].startswith("-"):
                at = tag.start("end") + 2
        pieces.append(text[at:])
        out, rest = self._block(pieces)
        if rest:
            raise ValueError("a block has no end")
        return out

    def _block(self, pieces: list[Any], is_live: bool = True) -> tuple[str, list[Any]]:
        """The text up to the end of a block; what is left out is not worked out either."""
        out = ""
        while pieces:
            out += pieces.pop(0)
            if not pieces:
                return out, []
            body = pieces.pop(0)
            word, _, more = body.partition(" ")
            if word == "end":
                return out, pieces or [""]
            if word == "if":
                is_wanted = is_live and bool(self.value(more))
                inner, pieces = self._block(pieces, is_wanted)
                out += inner if is_wanted else ""
            elif word == "define":
                # Ours use values that are the same everywhere, so that once is enough.
                inner, pieces = self._block(pieces)
                self.named[more.strip('"')] = inner.strip()
            elif is_live:
                out += str(self.value(body))
        return out, []

    def value(self, text: str) -> Any:
        """What an expression with its pipes comes to."""
        first, *pipes = [part.strip() for part in text.split("|")]
        found = self._call(WORD.findall(first))
        for pipe in pipes:
            found = self._call(WORD.findall(pipe), found)
        return found

    def _call(self, words: list[str], *last: Any) -> Any:
        name, *rest = words
        arguments = [self._atom(word) for word in rest] + list(last)
        if name in FUNCTIONS:
            return FUNCTIONS[name](*arguments)
        if name == "include":
            return self.render_named(str(arguments[0]))
        if rest or last:
            raise ValueError(f"the function `{name}` is not known here")
        return self._atom(name)

    def render_named(self, name: str) -> str:
        """A named template of the chart."""
        return self.named[name]

    def _atom(self, word: str) -> Any:
        if word.startswith("("):
            return self.value(word[1:-1])
        if word.startswith('"'):
            return word[1:-1]
        if word.isdigit():
            return int(word)
        found: Any = self.scope
        for part in word.strip(".").split(".") if word != "." else ():
            found = found[part]  # an unknown value fails here, as a misspelt one should
        return found


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Values with some of them changed."""
    return {
        **base,
        **{
            key: merged(base[key], value) if isinstance(value, Mapping) else value
            for key, value in change.items()
        },
    }


def _indented(count: int, text: str) -> str:
    return "\n" + "\n".join(" " * count + line for line in text.splitlines())


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "default": lambda usual, given: given or usual,
    "first": lambda items: items[0],
    "nindent": _indented,
    "not": lambda value: not value,
    "printf": lambda form, *values: form % values,
    "quote": lambda value: '"' + str(value).replace('"', '\\"') + '"',
    "required": lambda message, value: value or _fail(message),
    "splitList": lambda mark, text: text.split(mark),
    "toYaml": lambda value: yaml.safe_dump(value).rstrip(),
    "trimSuffix": lambda end, text: text.removesuffix(end),
    "trunc": lambda count, text: text[:count],
}


def _fail(message: str) -> Any:
    raise ValueError(message)
