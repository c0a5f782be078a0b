"""Technical diagrams: electric circuits, blocks of a neural network, exploded fields of bits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scripts.train.drawings.colours import BLACK, WHITE, light, mixed
from scripts.train.drawings.diagram_pen import FinePen, Spot
from scripts.train.drawings.dice import chance, pick, span, whole
from scripts.train.drawings.drawing import Drawing

_PARTS = ("resistor", "capacitor", "battery", "lamp", "switch", "coil", "diode", "box resistor")


def _part(pen: FinePen, name: str, at: Spot, along: Spot) -> None:
    """One part of a circuit on a wire through `at` in the direction `along` (a unit step)."""
    (x, y), (dx, dy) = at, along
    nx, ny, r = -dy, dx, 14.0

    def spot(a: float, b: float) -> Spot:
        return x + dx * a * r + nx * b * r, y + dy * a * r + ny * b * r

    def gap(width: float) -> None:
        a, b = spot(-width, -0.9), spot(width, 0.9)
        pen.draw.rectangle(
            [2 * v for v in (min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))], fill=pen.ground
        )

    if name == "resistor":
        gap(1.0)
        pen.path([spot(-1 + i / 4, (0, 0.5, -0.5)[0 if i in (0, 8) else 1 + i % 2]) for i in range(9)], headed=False)
    elif name == "box resistor":
        corners = [spot(-1, -0.4), spot(1, -0.4), spot(1, 0.4), spot(-1, 0.4)]
        pen.draw.polygon(
            [(2 * a, 2 * b) for a, b in corners], fill=pen.ground, outline=pen.line, width=max(2, int(pen.width * 2))
        )
    elif name in ("capacitor", "battery"):
        gap(0.2)
        short = 0.4 if name == "battery" else 0.8
        pen.path([spot(-0.2, -0.8), spot(-0.2, 0.8)], headed=False)
        pen.path([spot(0.2, -short), spot(0.2, short)], headed=False)
    elif name == "lamp":
        a, b = (x - r * 0.8, y - r * 0.8), (x + r * 0.8, y + r * 0.8)
        pen.draw.ellipse([2 * v for v in (*a, *b)], fill=pen.ground, outline=pen.line, width=max(2, int(pen.width * 2)))
        for side in (-1, 1):
            pen.path([spot(-0.56, -0.56 * side), spot(0.56, 0.56 * side)], headed=False)
    elif name == "switch":
        gap(0.8)
        pen.path([spot(-0.8, 0), spot(0.6, -0.7)], headed=False)
    elif name == "coil":
        gap(1.0)
        for i in range(4):
            t = np.linspace(0, np.pi, 8)
            pen.path(
                [spot(-0.75 + i * 0.5 - 0.25 * float(np.cos(a)), -0.5 * float(np.sin(a))) for a in t], headed=False
            )
    else:
        gap(0.45)
        corners = [spot(-0.5, -0.6), spot(0.5, 0), spot(-0.5, 0.6)]
        pen.draw.polygon([(2 * a, 2 * b) for a, b in corners], fill=pen.line)
        pen.path([spot(0.5, -0.6), spot(0.5, 0.6)], headed=False)


def circuit(rng: np.random.Generator) -> Drawing:
    """A loop or a ladder of wires with parts on them."""
    rungs = whole(rng, 2, 4)
    pen = FinePen(rng, (rungs * whole(rng, 80, 110), whole(rng, 130, 210)))
    pen.ground = WHITE if chance(rng, 0.9) else pen.ground
    pen.draw.rectangle((0, 0, pen.size[0] * 2, pen.size[1] * 2), fill=pen.ground)
    pen.line = BLACK if light(pen.ground) else WHITE
    wide, tall = pen.size
    left, right, top, low = 30.0, wide - 30.0, 30.0, tall - 26.0
    pen.path([(left, top), (right, top), (right, low), (left, low), (left, top)], headed=False)
    parts = 0
    for i in range(rungs):
        x = left + (right - left) * i / (rungs - 1)
        if 0 < i < rungs - 1:
            pen.path([(x, top), (x, low)], headed=False)
            for y in (top, low):
                pen.draw.ellipse([2 * v for v in (x - 3, y - 3, x + 3, y + 3)], fill=pen.line)
        _part(pen, pick(rng, _PARTS), (x, (top + low) / 2), (0.0, 1.0))
        name = f"{pick(rng, 'RCLVI')}{i + 1}"
        pen.write((x - 18, (top + low) / 2) if i else (x + 18, (top + low) / 2), name, anchor="rm" if i else "lm")
        parts += 1
    for i in range(rungs - 1):
        if chance(rng, 0.6):
            x = left + (right - left) * (i + 0.5) / (rungs - 1)
            _part(pen, pick(rng, _PARTS), (x, top), (1.0, 0.0))
            pen.write((x, top - 20), f"{pick(rng, 'RCLVI')}{rungs + i + 1}")
            parts += 1
    said = [f"It has {parts} parts on wires."]
    return pen.made("Circuit diagram.", said, ("circuit", "wires", "electricity"), {"parts": parts})


def network_layers(rng: np.random.Generator) -> Drawing:
    """Blocks in depth, one after the other, as networks are drawn."""
    count = whole(rng, 3, 8)
    pen = FinePen(rng, (count * whole(rng, 46, 64) + 30, whole(rng, 130, 190)))
    wide, tall = pen.size
    x, high = 16.0, tall * span(rng, 0.5, 0.75)
    step = (wide - 40) / count
    for i in range(count):
        fill = pen.fills[i % len(pen.fills)]
        if fill == pen.ground:
            fill = mixed(pen.ground, pen.line, 0.2)
        thick, deep, y = step * span(rng, 0.25, 0.6), high * 0.2, tall / 2
        front = [(x, y - high / 2), (x + thick, y - high / 2), (x + thick, y + high / 2), (x, y + high / 2)]
        over = [front[0], (x + deep, y - high / 2 - deep), (x + thick + deep, y - high / 2 - deep), front[1]]
        side = [front[1], over[2], (x + thick + deep, y + high / 2 - deep), front[2]]
        for corners, shade in ((front, 0.0), (over, 0.2), (side, 0.35)):
            pen.draw.polygon(
                [(a * 2, b * 2) for a, b in corners], fill=mixed(fill, BLACK, shade), outline=pen.line, width=2
            )
        pen.write((x + thick / 2, tall - 8), str(2 ** whole(rng, 3, 9)), scale=0.8)
        x += step
        high *= span(rng, 0.7, 0.98)
    return pen.made(
        "Network diagram.",
        [f"It has {count} blocks in a row."],
        ("neural network", "blocks", "layers"),
        {"blocks": count},
    )


def bit_fields(rng: np.random.Generator) -> Drawing:
    """Fields side by side in rows: a packet, a memory map, an array with pointers."""
    rows = whole(rng, 1, 5)
    pen = FinePen(rng, (whole(rng, 260, 420), rows * whole(rng, 34, 50) + 30))
    wide, tall = pen.size
    step, fields = (tall - 30) / rows, 0
    for row in range(rows):
        cuts = [0.0, *sorted(span(rng, 0.1, 0.9) for _ in range(whole(rng, 0, 4))), 1.0]
        if rows == 1:
            cuts = [i / 8 for i in range(9)]
        for a, b in pairwise(cuts):
            if b - a < 0.04:
                continue
            x0, x1, y = 10 + (wide - 20) * a, 10 + (wide - 20) * b, 20 + row * step
            fill = pick(rng, pen.fills)
            pen.draw.rectangle(
                [2 * v for v in (x0, y, x1, y + step * 0.8)],
                fill=fill,
                outline=pen.line,
                width=max(2, int(pen.width * 2)),
            )
            pen.label(((x0 + x1) / 2, y + step * 0.4), (x1 - x0) * 0.85, BLACK if light(fill) else WHITE)
            pen.write((x0, y - 7), str(whole(rng, 0, 31)), scale=0.7, anchor="lm")
            fields += 1
    said = [f"It has {rows} row{'s' * (rows > 1)} of fields."]
    return pen.made("Block diagram.", said, ("block diagram", "fields", "rows"), {"rows": rows, "fields": fields})
