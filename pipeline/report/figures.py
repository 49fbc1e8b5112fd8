"""Figures of a map, drawn once by Vega-Lite (through vl-convert) as SVG and PNG.

Inside the page they are inline SVG whose colours follow its light, dark and print palettes.
"""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass
from typing import Any

import vl_convert

from pipeline.records import Layer
from pipeline.report.index import SIDES, Index, agrees, is_told
from pipeline.report.words import (
    VERDICT_WORDS,
    clip,
    on_layer,
    partner_name,
    plural,
    visible,
)  # fmt: skip

VEGA_LITE = "5.21"
PALETTE = {
    "#1b1d22": "--ink", "#555b66": "--soft", "#d9d6ce": "--line", "#ffffff": "--card",
    "#8c2d19": "--deep", "#1f4e8c": "--policy", "#47661a": "--second", "#5f6470": "--none",
    "#1b5e3a": "--yes", "#9b1c31": "--no", "#62666f": "--quiet",
}  # fmt: skip
COLOUR = {name[2:]: hexadecimal for hexadecimal, name in PALETTE.items()}
LAYER_COLOUR = {
    Layer.DEEP_CORE: COLOUR["deep"], Layer.POLICY_CORE: COLOUR["policy"],
    Layer.SECONDARY: COLOUR["second"], Layer.NONE: COLOUR["none"],
}  # fmt: skip
LAYER_MARK = {
    Layer.DEEP_CORE: "diamond", Layer.POLICY_CORE: "square", Layer.SECONDARY: "triangle-up",
    Layer.NONE: "circle",
}  # fmt: skip
MOST_INTERVALS = 12
WIDTH = 600


@dataclass(frozen=True)
class Figure:
    """One drawing: ``inline`` for the page, ``svg`` and ``png`` as files, ``words`` to read."""

    inline: str
    svg: bytes
    png: bytes
    words: str


def figures(index: Index, *, png: bool = True) -> dict[str, Figure]:
    """Figures for which the map has something to draw."""
    found: dict[str, Figure] = {}
    if len(index.map.partners) > 1 and index.map.conclusions:
        found["network"] = _draw(*_network(index), png=png)
    if any(is_told(d) for d in index.map.divergences):
        found["intervals"] = _draw(*_intervals(index), png=png)
    return found


def _draw(spec: dict[str, Any], words: str, *, png: bool) -> Figure:
    full = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": COLOUR["card"], "padding": 12,
        "config": {"view": {"stroke": None}, "font": "sans-serif", "aria": False},
        **spec,
    }  # fmt: skip
    svg = vl_convert.vegalite_to_svg(full, vl_version=VEGA_LITE)
    picture = vl_convert.vegalite_to_png(full, vl_version=VEGA_LITE, scale=2) if png else b""
    return Figure(_inline(svg, words), svg.encode("utf-8"), picture, words)


def _inline(svg: str, words: str) -> str:
    """SVG for the page: colours as its variables, one label in place of many."""
    svg = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", svg)
    svg = re.sub(r' (fill|stroke)="(#[0-9a-f]{6})"', _variable, svg, flags=re.I)
    label = html.escape(words, quote=True)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def _variable(found: re.Match[str]) -> str:
    name = PALETTE.get(found[2].lower())
    return f' {found[1]}="var({name})"' if name else found[0]


def _value(colour: str) -> dict[str, str]:
    return {"value": colour}


def _field(name: str, kind: str = "quantitative", **more: Any) -> dict[str, Any]:
    return {"field": name, "type": kind, **more}


def _network(index: Index) -> tuple[dict[str, Any], str]:
    """Partners on a circle; lines for shared conclusions, marked where grounds differ."""
    partners = index.map.partners
    angle = {p: 2 * math.pi * n / len(partners) - math.pi / 2 for n, p in enumerate(partners)}
    spot = {p: (math.cos(a), -math.sin(a)) for p, a in angle.items()}
    lines: list[dict[str, Any]] = []
    splits: list[dict[str, Any]] = []
    for n, a in enumerate(partners):
        for b in partners[n + 1 :]:
            edge = _edge(index, a, b)
            if edge is None:
                continue
            (x1, y1), (x2, y2) = spot[a], spot[b]
            lines.append({"x": x1, "y": y1, "x2": x2, "y2": y2, **edge})
            if edge["deep"]:
                middle = {
                    "x": x1 + (x2 - x1) * 0.36,
                    "y": y1 + (y2 - y1) * 0.36,
                }  # off centre: no pile-up
                splits.append({**middle, "n": str(edge["deep"])})
    most = max((line["shared"] for line in lines), default=1)
    for line in lines:
        line["width"] = 1.2 + 6.0 * line["shared"] / most
    nodes: list[dict[str, Any]] = []
    for p in partners:
        right, up = spot[p]
        side = "center" if abs(right) < 0.25 else ("left" if right > 0 else "right")
        nodes.append(
            {"x": right, "y": up, "name": clip(visible(partner_name(p)), 34), "side": side}
        )
    flat = {"domain": [-1.0, 1.0], "nice": False, "zero": False}
    x = _field("x", scale={**flat, "domain": [-2.1, 2.1]}, axis=None)  # room for names
    y = _field("y", scale={**flat, "domain": [-1.2, 1.2]}, axis=None)
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [e for e in lines if e["state"] == state]},
            "mark": {"type": "rule", "color": colour, "strokeDash": dash, "opacity": 1},
            "encoding": {
                "x": x, "y": y, "x2": {"field": "x2"}, "y2": {"field": "y2"},
                "size": _field("width", scale=None),
            },
        }
        for state, colour, dash in (
            ("untold", COLOUR["quiet"], [2, 4]), ("open", COLOUR["soft"], [1, 0]),
            ("same", COLOUR["yes"], [1, 0]),
            ("different", COLOUR["no"], [8, 4]),
        )
    ]  # fmt: skip
    layers += [
        {
            "data": {"values": splits},
            "mark": {"type": "point", "shape": "diamond", "size": 620, "filled": True,
                     "color": COLOUR["deep"], "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
        {
            "data": {"values": splits},
            "mark": {"type": "text", "color": COLOUR["card"], "fontSize": 13, "fontWeight": "bold"},
            "encoding": {"x": x, "y": y, "text": {"field": "n"}},
        },
        {
            "data": {"values": nodes},
            "mark": {"type": "point", "filled": True, "size": 260, "color": COLOUR["ink"],
                     "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
    ]  # fmt: skip
    for side, dx in (("left", 14), ("right", -14), ("center", 0)):
        for above in (True, False):
            named = [
                n
                for n in nodes
                if n["side"] == side and (side != "center" or (n["y"] > 0) is above)
            ]
            if (side != "center" and not above) or not named:
                continue
            dy = 0 if side != "center" else (-18 if above else 18)
            layers.append({
                "data": {"values": named},
                "mark": {"type": "text", "align": side, "dx": dx, "dy": dy, "fontSize": 14,
                         "fontWeight": "bold", "color": COLOUR["ink"]},
                "encoding": {"x": x, "y": y, "text": {"field": "name"}},
            })  # fmt: skip
    height = 300 if len(partners) < 7 else 380
    words = (
        "Lines join partners that take the same side on a conclusion; the thicker, the more "
        "conclusions. Solid green: the same grounds wherever they could be "
        "compared. Solid grey: no reliable difference of grounds, nor likeness, was shown. "
        "Dashed red: grounds differ on at least one; the number in the diamond counts conclusions "
        "on which they differ in the deep core. Dotted grey: too little evidence about grounds. "
        "No line: no conclusion in common."
    )
    return {"width": WIDTH, "height": height, "layer": layers}, words


def _edge(index: Index, a: str, b: str) -> dict[str, Any] | None:
    shared = [
        c.id for c in index.map.conclusions
        if index.standing(c.id, a) in SIDES
        and index.standing(c.id, a) is index.standing(c.id, b)
    ]  # fmt: skip
    if not shared:
        return None
    told = [d for d in index.between(a, b) if is_told(d)]
    if any(map(index.differs, told)):
        state = "different"
    elif told:
        state = "same" if all(map(agrees, told)) else "open"
    else:
        state = "untold"
    return {
        "shared": len(shared), "state": state, "deep": sum(map(index.deep, told)),
    }  # fmt: skip


def _intervals(index: Index) -> tuple[dict[str, Any], str]:
    """Divergence of the pairs furthest apart, each with its interval."""
    told = [d for d in index.map.divergences if is_told(d)]
    told.sort(key=lambda d: (not index.differs(d), -d.divergence, d.conclusion, d.a, d.b))
    shown = told[:MOST_INTERVALS]
    values = [
        {
            "n": n, "value": d.divergence, "low": d.low, "high": d.high,
            "pair": clip(f"{partner_name(d.a)} – {partner_name(d.b)}: {on_layer(d.layer)}"
                         f"{VERDICT_WORDS[d.verdict]}", 92),
            "text": clip(visible(index.conclusions[d.conclusion].text), 92),
            "shape": LAYER_MARK[d.layer], "colour": LAYER_COLOUR[d.layer], "zero": 0,
        }
        for n, d in enumerate(shown)
    ]  # fmt: skip
    y = _field("n", "ordinal", axis=None, scale={"paddingInner": 0, "paddingOuter": 0.15})
    x: dict[str, Any] = {"scale": {"domain": [0, 1]}, "axis": {
        "title": "0 the same reasons · 1 no reason in common", "grid": True, "tickCount": 5,
        "gridColor": COLOUR["line"], "domainColor": COLOUR["soft"], "tickColor": COLOUR["soft"],
        "labelColor": COLOUR["soft"], "titleColor": COLOUR["soft"], "titleFontWeight": "normal",
        "labelFontSize": 12, "titleFontSize": 12,
    }}  # fmt: skip

    def text(field: str, dy: int, **style: Any) -> dict[str, Any]:
        return {
            "mark": {"type": "text", "align": "left", "dx": 2, "dy": dy, "fontSize": 12, **style},
            "encoding": {"x": _field("zero", **x), "y": y, "text": {"field": field}},
        }

    layers = [
        text("pair", -26, fontWeight="bold", color=COLOUR["ink"]),
        text("text", -11, color=COLOUR["soft"]),
        {
            "mark": {"type": "rule", "size": 3, "color": COLOUR["soft"], "yOffset": 8},
            "encoding": {"x": _field("low", **x), "x2": {"field": "high"}, "y": y},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 170, "opacity": 1, "yOffset": 8},
            "encoding": {
                "x": _field("value", **x), "y": y,
                "shape": _field("shape", "nominal", scale=None, legend=None),
                "color": _field("colour", "nominal", scale=None, legend=None),
            },
        },
    ]  # fmt: skip
    apart = sum(map(index.differs, told))
    words = (
        f"Divergence of {plural(len(shown), 'pair')} with 95 % intervals, the widest apart first; "
        f"{apart} of {len(told)} compared differ more than chance explains."
    )
    spec = {
        "width": WIDTH, "height": {"step": 62}, "data": {"values": values}, "layer": layers,
    }  # fmt: skip
    return spec, words
