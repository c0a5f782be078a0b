"""Diagrams of boxes and arrows: architectures, org charts, state machines, pipelines, cycles, mind maps, timelines."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scripts.train.drawings import lettering
from scripts.train.drawings.colours import BLACK, WHITE, light, mixed
from scripts.train.drawings.diagram_pen import SHAPES, FinePen, Spot
from scripts.train.drawings.dice import chance, pick, some, span, whole
from scripts.train.drawings.drawing import Drawing


def architecture(rng: np.random.Generator) -> Drawing:
    """Rows of parts, arrows down through them, some parts framed together."""
    rows = [1 if chance(rng, 0.4) else whole(rng, 1, 5) for _ in range(whole(rng, 2, 5))]
    wide, tall = max(rows) * whole(rng, 84, 110) + 40, len(rows) * whole(rng, 62, 90) + 20
    pen = FinePen(rng, (wide, tall))
    half = (min(42.0, wide / max(rows) * 0.36), min(21.0, tall / len(rows) * 0.28))
    shapes = pick(rng, (("box",), ("rounded",), ("box", "cylinder"), ("rounded", "cylinder", "cloud"), SHAPES))
    spots: list[list[Spot]] = []
    for i, count in enumerate(rows):
        y = 10 + (tall - 20) * (i + 0.5) / len(rows)
        spots.append([(wide * (j + 0.5) / count if count > 1 else wide / 2, y) for j in range(count)])
    framed = chance(rng, 0.3) and len(rows) > 2
    if framed:
        y0, y1 = spots[1][0][1] - half[1] - 14, spots[1][0][1] + half[1] + 14
        pen.path([(8, y0), (wide - 8, y0), (wide - 8, y1), (8, y1), (8, y0)], headed=False, dashed=True)
    manner, headed = pick(rng, ("straight", "straight", "stepped", "curved")), chance(rng, 0.85)
    for upper, lower in pairwise(spots):
        for i, end in enumerate(lower):
            start = upper[min(len(upper) - 1, i * len(upper) // len(lower))]
            pen.link(
                start, end, half, manner, headed=headed, dashed=chance(rng, 0.08), both=headed and chance(rng, 0.08)
            )
        for start in upper[1:]:
            if chance(rng, 0.4):
                pen.link(start, pick(rng, lower), half, manner, headed=headed)
    boxes = 0
    for row in spots:
        shape, fill = pick(rng, shapes), pick(rng, pen.fills)
        for spot in row:
            pen.node(spot, half, shape, fill if chance(rng, 0.8) else None)
            boxes += 1
    said = [f"It has {boxes} boxes.", "Arrows link the boxes." if headed else "Lines link the boxes."]
    said += ["A dashed frame groups some of them."] * framed
    return pen.made(
        "Block diagram.",
        said,
        ("block diagram", "boxes", "arrows"),
        {"boxes": boxes, "arrows": headed, "framed": framed},
    )


def org_chart(rng: np.random.Generator) -> Drawing:
    """A head, those below, and those below them, joined by stepped lines."""
    seconds = whole(rng, 2, 4)
    below = [whole(rng, 0, 3) for _ in range(seconds)]
    leaves = sum(max(1, n) for n in below)
    sideways = chance(rng, 0.2)
    unit, step = (
        (whole(rng, 66, 92), whole(rng, 58, 80)) if not sideways else (whole(rng, 36, 48), whole(rng, 100, 130))
    )
    levels = 3 if any(below) else 2
    size = (leaves * unit + 20, levels * step + 10)
    pen = FinePen(rng, (size[1], size[0]) if sideways else size)
    half = (step * 0.36, unit * 0.32) if sideways else (unit * 0.42, step * 0.25)

    def at(along: float, level: float) -> Spot:
        x, y = 10 + along * unit, 5 + (level + 0.5) * step
        return (y, x) if sideways else (x, y)

    def join(a: tuple[float, float], b: tuple[float, float]) -> None:
        middle = (a[1] + b[1]) / 2
        pen.path([at(*a), at(a[0], middle), at(b[0], middle), at(*b)], headed=False)

    head, column, places = (leaves / 2, 0.0), 0.0, []
    for count in below:
        room = max(1, count)
        mine = (column + room / 2, 1.0)
        places.append((mine, [(column + k + 0.5, 2.0) for k in range(count)]))
        column += room
    for mine, under in places:
        join(head, mine)
        for one in under:
            join(mine, one)
    shape, level_fills = pick(rng, ("box", "rounded", "box", "ellipse")), [pick(rng, pen.fills) for _ in range(3)]
    boxes = 1
    pen.node(at(*head), half, shape, level_fills[0])
    for mine, under in places:
        pen.node(at(*mine), half, shape, level_fills[1])
        for one in under:
            pen.node(at(*one), half, shape, level_fills[2])
        boxes += 1 + len(under)
    said = [f"It has {boxes} boxes.", f"It has {levels} levels."]
    said += ["One box stands on the left."] if sideways else ["One box stands at the top."]
    return pen.made(
        "Organisation chart.", said, ("organisation chart", "tree", "boxes"), {"boxes": boxes, "levels": levels}
    )


def state_machine(rng: np.random.Generator) -> Drawing:
    """Round states with arrows between and words beside the arrows."""
    count = whole(rng, 3, 6)
    pen = FinePen(rng, (count * whole(rng, 74, 100), whole(rng, 130, 220)))
    wide, tall = pen.size
    r = span(rng, 17, 26)
    spots = [
        (wide * (i + 0.5) / count, tall * (0.5 if chance(rng, 0.5) else span(rng, 0.3, 0.7))) for i in range(count)
    ]
    for i in range(count - 1):
        pen.link(spots[i], spots[i + 1], (r, r), "straight")
        middle = ((spots[i][0] + spots[i + 1][0]) / 2, (spots[i][1] + spots[i + 1][1]) / 2 - 8)
        pen.write(middle, lettering.word(rng)[:4], scale=0.8)
    for i in some(rng, range(count), whole(rng, 0, 2)):
        x, y = spots[i]
        angle = np.linspace(-2.5, -0.65, 12)
        pen.path([(float(x + np.cos(a) * r * 0.9), float(y - r * 0.6 + np.sin(a) * r * 1.2)) for a in angle])
    if count > 3:
        (ax, ay), (bx, by) = spots[-1], spots[0]
        t = np.linspace(0, 1, 18)
        dip = tall * 0.95 - max(ay, by) - r
        curve = [(float(ax + (bx - ax) * s), float(ay + r + (by - ay) * s + dip * 4 * s * (1 - s) * 0.9)) for s in t]
        pen.path(curve)
    for spot in spots:
        pen.node(spot, (r, r), "ellipse")
    last = chance(rng, 0.5)
    if last:
        x, y = spots[-1]
        box = [(x - r + 4) * 2, (y - r + 4) * 2, (x + r - 4) * 2, (y + r - 4) * 2]
        pen.draw.ellipse(box, outline=pen.line, width=2)
    return pen.made(
        "State diagram.",
        [f"It has {count} nodes.", "Arrows link the nodes."],
        ("state diagram", "circles", "arrows"),
        {"nodes": count},
    )


def process(rng: np.random.Generator) -> Drawing:
    """Chevrons or boxes in a row, a process in steps."""
    count = whole(rng, 3, 6)
    pen = FinePen(rng, (count * whole(rng, 70, 96) + 20, whole(rng, 70, 150)))
    wide, tall = pen.size
    unit, shape = (wide - 20) / count, pick(rng, ("chevron", "chevron", "rounded", "ellipse"))
    pen.edged = pen.edged and (shape != "chevron" or pen.ground in pen.fills)
    spots = [(10 + unit * (i + 0.5), tall / 2) for i in range(count)]
    half = (unit * (0.5 if shape == "chevron" else 0.38), min(tall * 0.3, 34))
    for i, spot in enumerate(spots):
        pen.node(spot, half, shape, pen.fills[i % len(pen.fills)])
        if shape != "chevron" and i:
            pen.link(spots[i - 1], spot, half)
    said = [
        f"It has {count} boxes.",
        "Arrows lead from left to right." if shape != "chevron" else "The boxes point to the right.",
    ]
    return pen.made("Flow chart.", said, ("flow chart", "process", "steps"), {"boxes": count})


def cycle(rng: np.random.Generator) -> Drawing:
    """Stations round a circle with arrows from one to the next."""
    count, side = whole(rng, 3, 7), whole(rng, 220, 340)
    pen = FinePen(rng, (side, side))
    r, shape = side * span(rng, 0.3, 0.36), pick(rng, ("ellipse", "box", "rounded", "none"))
    half = (side * 0.11, side * (0.11 if shape == "ellipse" else 0.06))
    gap = 0.42 if count < 6 else 0.34
    for i in range(count):
        start, end = 2 * np.pi * i / count - np.pi / 2 + gap, 2 * np.pi * (i + 1) / count - np.pi / 2 - gap
        if end > start + 0.05:
            arc = np.linspace(start, end, 12)
            pen.path([(float(side / 2 + r * np.cos(a)), float(side / 2 + r * np.sin(a))) for a in arc])
    for i in range(count):
        a = 2 * np.pi * i / count - np.pi / 2
        spot = (float(side / 2 + r * np.cos(a)), float(side / 2 + r * np.sin(a)))
        if shape == "none":
            pen.label(spot, side * 0.2)
        else:
            pen.node(spot, half, shape, pen.fills[i % len(pen.fills)])
    if chance(rng, 0.3):
        pen.label((side / 2, side / 2), side * 0.3)
    said = [f"It has {count} stations.", "Arrows lead round in a circle."]
    return pen.made("Cycle diagram.", said, ("cycle", "circle", "arrows"), {"stations": count})


def mind_map(rng: np.random.Generator) -> Drawing:
    """A middle with branches, and twigs on them."""
    branches, size = whole(rng, 3, 7), (whole(rng, 280, 420), whole(rng, 220, 320))
    pen = FinePen(rng, size)
    wide, tall = size
    middle, half = (wide / 2, tall / 2), (wide * 0.1, tall * 0.07)
    for i in range(branches):
        angle = 2 * np.pi * (i + 0.5) / branches
        spot = (float(wide / 2 + np.cos(angle) * wide * 0.27), float(tall / 2 + np.sin(angle) * tall * 0.3))
        pen.path([middle, spot], headed=False)
        for k in range(whole(rng, 0, 3)):
            turn = angle + (k - 1) * 0.35
            twig = (float(wide / 2 + np.cos(turn) * wide * 0.44), float(tall / 2 + np.sin(turn) * tall * 0.45))
            pen.path([spot, twig], headed=False)
            pen.label(twig, 46)
        pen.node(
            spot, (half[0] * 0.85, half[1] * 0.9), pick(rng, ("rounded", "ellipse")), pen.fills[i % len(pen.fills)]
        )
    pen.node(middle, half, pick(rng, ("ellipse", "rounded")))
    return pen.made(
        "Mind map.",
        [f"It has {branches} branches.", "Lines run out from the middle."],
        ("mind map", "branches", "lines"),
        {"branches": branches},
    )


def timeline(rng: np.random.Generator) -> Drawing:
    """Years along a line with words above and below."""
    count = whole(rng, 3, 8)
    pen = FinePen(rng, (count * whole(rng, 60, 80) + 30, whole(rng, 100, 180)))
    wide, tall = pen.size
    pen.path([(12, tall / 2), (wide - 10, tall / 2)], headed=chance(rng, 0.5))
    year, r = whole(rng, 1850, 1990), span(rng, 3, 8)
    for i in range(count):
        x, side = 30 + (wide - 60) * i / (count - 1), -1 if i % 2 else 1
        pen.path([(x, tall / 2), (x, tall / 2 + side * tall * 0.2)], headed=False)
        pen.node((x, tall / 2), (r, r), "ellipse", labelled=False)
        pen.write((x, tall / 2 - side * 15), str(year + i * whole(rng, 1, 9)))
        pen.label((x, tall / 2 + side * tall * 0.32), 62)
    return pen.made(
        "Timeline.", [f"It has {count} points on a line."], ("timeline", "years", "points"), {"points": count}
    )


def layout(rng: np.random.Generator) -> Drawing:
    """The parts of a page or a form as plain boxes, one of them marked."""
    pen = FinePen(rng, (whole(rng, 180, 320), whole(rng, 180, 320)))
    wide, tall = pen.size
    grey, mark = mixed(pen.ground, pen.line, 0.12), pick(rng, pen.fills)
    mark = mark if mark != pen.ground else mixed(pen.ground, pen.line, 0.45)
    side, top = span(rng, 0.22, 0.34) * wide, span(rng, 0.12, 0.2) * tall
    boxes = [
        (8.0, 8.0, wide - 8, top),
        (8.0, top + 6, side, tall * 0.84),
        (side + 6, top + 6, wide - 8, tall * 0.84),
        (8.0, tall * 0.84 + 6, wide - 8, tall - 8),
    ]
    chosen = whole(rng, 0, 3)
    for i, (x0, y0, x1, y1) in enumerate(boxes):
        fill = mark if i == chosen else grey
        pen.draw.rectangle(
            (x0 * 2, y0 * 2, x1 * 2, y1 * 2), fill=fill, outline=pen.line if pen.edged else None, width=2
        )
        pen.label(((x0 + x1) / 2, (y0 + y1) / 2), (x1 - x0) * 0.8, BLACK if light(fill) else WHITE)
    where = ("top", "left", "right", "bottom")[chosen]
    return pen.made(
        "Layout diagram.",
        ["It has 4 boxes.", f"The box at the {where} is marked."],
        ("layout", "boxes", "page"),
        {"boxes": 4, "marked": where},
    )


def pyramid(rng: np.random.Generator) -> Drawing:
    """A triangle in layers, or rings one in another."""
    count = whole(rng, 3, 6)
    pen = FinePen(rng, (whole(rng, 200, 300), whole(rng, 180, 260)))
    wide, tall = pen.size
    rings = chance(rng, 0.35)
    for i in range(count):
        fill = pen.fills[i % len(pen.fills)]
        fill = mixed(fill, WHITE if light(fill) else BLACK, 0.12 * i)
        ink = BLACK if light(fill) else WHITE
        if rings:
            r = min(wide, tall) * 0.48 * (1 - i / count)
            pen.draw.ellipse(
                [2 * v for v in (wide / 2 - r, tall - 6 - 2 * r, wide / 2 + r, tall - 6)],
                fill=fill,
                outline=pen.line,
                width=2,
            )
            pen.label((wide / 2, tall - 2 * r + min(wide, tall) * 0.48 / count - 6), r * 1.1, ink)
            continue
        low, high = 1 - i / count, 1 - (i + 1) / count
        y0, y1 = 8 + (tall - 16) * low, 8 + (tall - 16) * high
        corners = [
            (wide / 2 - wide * 0.46 * low, y0),
            (wide / 2 + wide * 0.46 * low, y0),
            (wide / 2 + wide * 0.46 * high, y1),
            (wide / 2 - wide * 0.46 * high, y1),
        ]
        pen.draw.polygon(
            [(x * 2, y * 2) for x, y in corners], fill=fill, outline=pen.line if pen.edged else pen.ground, width=3
        )
        pen.label((wide / 2, (y0 + y1) / 2), wide * 0.4 * max(low, 0.3), ink)
    first = "Diagram of circles in each other." if rings else "Pyramid diagram."
    said = [f"It has {count} {'rings' if rings else 'layers'}."]
    return pen.made(
        first, said, ("circles" if rings else "pyramid", "layers", "levels"), {"rings" if rings else "layers": count}
    )


def draw_graph(rng: np.random.Generator) -> Drawing:
    """One diagram in one of many forms."""
    from scripts.train.drawings.diagram_circuits import bit_fields, circuit, network_layers
    from scripts.train.drawings.wear import handled

    looks = (
        architecture,
        architecture,
        architecture,
        architecture,
        org_chart,
        org_chart,
        state_machine,
        process,
        cycle,
        mind_map,
        timeline,
        layout,
        pyramid,
        circuit,
        network_layers,
        bit_fields,
    )
    made = pick(rng, looks)(rng)
    return Drawing(handled(rng, made.image), made.kind, made.sentences, made.keywords, made.facts)
