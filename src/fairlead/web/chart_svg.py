"""Makes an SVG of Vega themable and lean: colours become classes, labels become tooltips.

Every colour of a chart is one of `PALETTE`. Its light value stays as an attribute, so that the
SVG alone is complete; the class beside it lets a page set the colour of the theme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

NAMESPACE = "http://www.w3.org/2000/svg"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
PALETTE = {
    "ink": "#172130",
    "muted": "#556172",
    "grid": "#e2e6eb",
    "line": "#1f5fae",
    "band": "#dfe9f7",
    "centre": "#6c7f99",
    "target": "#7b3fb5",
    "signal": "#b34a00",
    "good": "#137547",
    "near": "#8a5d00",
    "bad": "#bb2d2d",
    "unsure": "#5f5aa8",
    "neutral": "#5f6b7b",
    "surface": "#ffffff",
    "part1": "#2f6fbf",
    "part2": "#a8560f",
    "part3": "#2f7a61",
    "part4": "#8e4494",
    "part5": "#766612",
    "part6": "#606d7e",
}
_ROLES = {value: name for name, value in PALETTE.items()}
_KEPT = {"transform", "d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "fill", "stroke",
         "stroke-width", "stroke-dasharray", "text-anchor", "font-size", "font-weight", "opacity",
         "fill-opacity", "stroke-opacity", "viewBox"}  # fmt: skip
_DECIMALS = re.compile(r"-?\d+\.\d{2,}")
_EMPTY_BOX = "M0,0h0v0h0Z"

ElementTree.register_namespace("", NAMESPACE)


def themed_svg(source: str, svg_id: str, title: str, description: str) -> str:
    """The SVG with classes for colours, a title and description of its own, and no dead weight."""
    root = ElementTree.fromstring(source)
    size = root.get("viewBox", "0 0 1 1")
    _clean(root)
    root.attrib.clear()
    for name, text in (
        ("viewBox", size),
        ("width", size.split()[2]),
        ("height", size.split()[3]),
        ("role", "img"),
        ("aria-labelledby", f"{svg_id}-t {svg_id}-d"),
        ("class", "chart-svg"),
        ("font-family", FONT),
    ):
        root.set(name, text)
    for place, (tag, key, text) in enumerate((("title", "t", title), ("desc", "d", description))):
        element = ElementTree.Element(f"{{{NAMESPACE}}}{tag}", {"id": f"{svg_id}-{key}"})
        element.text = text
        root.insert(place, element)
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _clean(parent: ElementTree.Element) -> None:
    for child in list(parent):
        label = child.get("aria-label")
        _clean(child)
        _reduce(child)
        if label:
            tooltip = ElementTree.Element(f"{{{NAMESPACE}}}title")
            tooltip.text = label
            child.insert(0, tooltip)
        if _is_dead(child):
            parent.remove(child)
        elif _is_shell(child):
            place = list(parent).index(child)
            parent.remove(child)
            for offset, grandchild in enumerate(list(child)):
                parent.insert(place + offset, grandchild)


def _reduce(element: ElementTree.Element) -> None:
    classes = list(_classes(element))
    for name in list(element.attrib):
        if name not in _KEPT:
            del element.attrib[name]
    for name, value in element.attrib.items():
        element.set(name, _DECIMALS.sub(lambda found: f"{float(found[0]):.1f}", value))
    if element.get("transform") == "translate(0,0)":
        del element.attrib["transform"]
    if element.get("opacity") == "1":
        del element.attrib["opacity"]
    if classes:
        element.set("class", " ".join(classes))


def _classes(element: ElementTree.Element) -> Iterator[str]:
    for attribute, prefix in (("fill", "cf"), ("stroke", "cs")):
        role = _ROLES.get((element.get(attribute) or "").lower())
        if role:
            yield f"{prefix}-{role}"


def _is_dead(element: ElementTree.Element) -> bool:
    if element.get("d") == _EMPTY_BOX:
        return True
    tag = element.tag.rpartition("}")[2]
    if tag in ("g", "defs"):
        return len(element) == 0
    if tag == "path":
        return element.get("fill") in (None, "transparent") and element.get("stroke") is None
    return tag == "text" and not (element.text or "").strip()


def _is_shell(element: ElementTree.Element) -> bool:
    return element.tag.rpartition("}")[2] == "g" and not element.attrib
