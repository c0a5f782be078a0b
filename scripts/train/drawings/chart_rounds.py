"""Rarer charts without axes: radar, gauge, treemap, rings of rings, rose, funnel."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from alttext_local.structure.colours import name_of
from scripts.train.drawings import chart_words as words
from scripts.train.drawings.chart_canvas import Box, Canvas, Point
from scripts.train.drawings.chart_frame import legend
from scripts.train.drawings.chart_looks import Look
from scripts.train.drawings.chart_palettes import WHITE, Colour, apart, ink_on, mix, pick_palette
from scripts.train.drawings.chart_telling import Telling, number_of


def _named(form: str) -> Telling:
    telling = Telling()
    telling.say(f"{form.capitalize()}.", form)
    telling.facts["form"] = form
    return telling


def _circle(box: Box, margin: float) -> tuple[Point, float]:
    left, top, right, bottom = box
    return ((left + right) / 2, (top + bottom) / 2), max(25.0, min(right - left, bottom - top) / 2 - margin)


def _spot(centre: Point, radius: float, angle: float) -> Point:
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


def _radar(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    spokes, lines = int(rng.integers(3, 10)), int(rng.integers(1, 4))
    colours = [apart(one, look.ground) for one in pick_palette(rng, lines, look.palette)][:lines]
    box = legend(rng, canvas, look, box, list(zip(words.labels(rng, lines), colours, strict=True)))
    centre, radius = _circle(box, look.letter * 1.8)
    angles = [2 * math.pi * i / spokes - math.pi / 2 for i in range(spokes)]
    round_grid, grid = bool(rng.random() < 0.3), mix(look.ground, (128, 128, 128), 0.45)
    for ring in range(1, int(rng.integers(4, 7))):
        reach = radius * ring / 5
        if round_grid:
            canvas.ellipse(centre, min(reach, radius), None, grid)
        else:
            canvas.polygon([_spot(centre, min(reach, radius), a) for a in angles], None, grid)
    for angle, name in zip(angles, words.labels(rng, spokes), strict=True):
        canvas.line((centre, _spot(centre, radius, angle)), grid)
        canvas.text(_spot(centre, radius + look.letter, angle), name, look.letter, look.ink)
    filled = lines == 1 and rng.random() < 0.6
    for colour in colours:
        shape = [_spot(centre, radius * float(rng.uniform(0.25, 0.95)), a) for a in angles]
        canvas.polygon(shape, mix(colour, look.ground, 0.5) if filled else None, colour, 2)
    telling = _named("radar chart")
    telling.say(f"It has {spokes} axes.", f"{spokes} axes")
    telling.say(f"It has {number_of(lines, 'outline')}.", number_of(lines, "outline"))
    telling.facts.update(axes=spokes, outlines=lines)
    return telling


def _gauge(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    centre, radius = _circle(box, 4)
    centre = (centre[0], centre[1] + radius * 0.3)
    share, hole = float(rng.uniform(0.08, 0.92)), float(rng.uniform(0.5, 0.8))
    bands = [(214, 48, 49), (250, 200, 60), (60, 170, 90)] if rng.random() < 0.5 else None
    if bands:
        for i, colour in enumerate(bands if rng.random() < 0.6 else bands[::-1]):
            canvas.arc_slice(centre, (radius * hole, radius), 180 + 60 * i, 240 + 60 * i, colour)
        canvas.line((centre, _spot(centre, radius * 0.9, math.pi * (1 + share))), look.ink, 3)
        canvas.ellipse(centre, radius * 0.06, look.ink)
    else:
        colour = apart(pick_palette(rng, 1, look.palette)[0], look.ground)
        canvas.arc_slice(centre, (radius * hole, radius), 180, 360, mix(look.ground, (128, 128, 128), 0.3))
        canvas.arc_slice(centre, (radius * hole, radius), 180, 180 + 180 * share, colour)
        canvas.text((centre[0], centre[1] - radius * 0.15), f"{share * 100:.0f}%", radius * 0.22, look.ink, bold=True)
    telling = _named("gauge chart")
    if abs(share - 0.5) > 0.07:
        telling.say(f"The value is {'over' if share > 0.5 else 'under'} the middle.")
    if bands:
        telling.say("It has a needle.", "needle")
    telling.say_keyword("half ring")
    telling.facts["share"] = round(share, 2)
    return telling


def _split(rng: np.random.Generator, box: Box, shares: list[float]) -> list[Box]:
    """The box cut in two again and again, along its longer side."""
    if len(shares) == 1:
        return [box]
    half = len(shares) // 2
    part = sum(shares[:half]) / sum(shares)
    left, top, right, bottom = box
    if right - left > bottom - top:
        cut = left + (right - left) * part
        boxes = (left, top, cut, bottom), (cut, top, right, bottom)
    else:
        cut = top + (bottom - top) * part
        boxes = (left, top, right, cut), (left, cut, right, bottom)
    return _split(rng, boxes[0], shares[:half]) + _split(rng, boxes[1], shares[half:])


def _treemap(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count = int(rng.integers(4, 40))
    shares = sorted((float(one) + 0.3 for one in rng.pareto(1.5, count)), reverse=True)
    kinds = int(rng.integers(2, 7))
    colours = pick_palette(rng, kinds, look.palette)
    edge: Colour = WHITE if rng.random() < 0.7 else look.ink
    for i, cell in enumerate(_split(rng, box, shares)):
        colour = colours[i * kinds // count] if rng.random() < 0.7 else mix(colours[i * kinds // count], WHITE, 0.25)
        canvas.rect(cell, colour, edge, float(rng.choice([1, 2])))
        if cell[2] - cell[0] > look.letter * 5 and cell[3] - cell[1] > look.letter * 1.6:
            name = words.topic(rng).split()[0]
            if canvas.length(name, look.letter) < cell[2] - cell[0] - 8:
                canvas.text((cell[0] + 4, cell[1] + 4), name, look.letter, ink_on(colour), "lt")
    telling = _named("treemap")
    telling.say(f"It has {count} rectangles." if count <= 12 else "It has more than 12 rectangles.", "rectangles")
    telling.say_keyword("shares")
    telling.facts["rectangles"] = count
    return telling


def _sunburst(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    centre, radius = _circle(box, 3)
    rings, slices = int(rng.integers(2, 5)), int(rng.integers(2, 6))
    colours = [apart(one, look.ground) for one in pick_palette(rng, slices, look.palette)]
    hole = float(rng.uniform(0.1, 0.35))
    step = (1 - hole) / rings
    spans = [(0.0, 0)] + [
        (float(a), i + 1) for i, a in enumerate(np.cumsum(rng.dirichlet(np.full(slices, 4.0)))[:-1] * 360)
    ]
    starts = [*spans, (360.0, -1)]
    for ring in range(rings):
        reach = (radius * (hole + step * ring), radius * (hole + step * (ring + 1) * 0.995))
        for (start, branch), (end, _) in itertools.pairwise(starts):
            if ring == 0 or rng.random() < 0.85:
                canvas.arc_slice(
                    centre, reach, start, end, mix(colours[branch], WHITE, 0.2 * ring + 0.1 * float(rng.random()))
                )
                canvas.line(
                    (_spot(centre, reach[0], math.radians(start)), _spot(centre, reach[1], math.radians(start))),
                    look.ground,
                    1,
                )
        cuts = [
            (start + (end - start) * part, branch)
            for (start, branch), (end, _) in itertools.pairwise(starts)
            for part in (0, float(rng.uniform(0.3, 0.7)))
        ]
        starts = [*cuts, (360.0, -1)]
    telling = _named("sunburst chart")
    telling.say(f"It has {rings} rings.", f"{rings} rings")
    telling.say_keyword("slices")
    telling.facts["rings"] = rings
    return telling


def _rose(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count = int(rng.integers(5, 17))
    centre, radius = _circle(box, look.letter * 1.5)
    colours = [apart(one, look.ground) for one in pick_palette(rng, 3, look.palette)]
    single = rng.random() < 0.5
    for ring in (1, 2, 3, 4):
        canvas.ellipse(centre, radius * ring / 4, None, mix(look.ground, (128, 128, 128), 0.35))
    for i in range(count):
        turn = 360 / count
        colour = colours[0] if single else colours[i % 3]
        canvas.arc_slice(
            centre, (0, radius * float(rng.uniform(0.25, 0.98))), i * turn + 1 - 90, (i + 1) * turn - 1 - 90, colour
        )
    telling = _named("polar chart")
    telling.say(f"It has {count} wedges.", f"{count} wedges")
    if single:
        telling.say(f"The wedges are {name_of(colours[0])}.")
    telling.facts["wedges"] = count
    return telling


def _funnel(rng: np.random.Generator, canvas: Canvas, look: Look, box: Box) -> Telling:
    count = int(rng.integers(3, 7))
    left, top, right, bottom = box
    widths = np.sort(rng.uniform(0.12, 1, count))[::-1] * (right - left) / 2
    colours = [apart(one, look.ground) for one in pick_palette(rng, count, look.palette)]
    middle, step, sloped = (left + right) / 2, (bottom - top) / count, rng.random() < 0.6
    for i, name in enumerate(words.labels(rng, count)):
        y, wide = top + i * step, float(widths[i])
        end = float(widths[min(i + 1, count - 1)]) if sloped else wide
        canvas.polygon(
            ((middle - wide, y), (middle + wide, y), (middle + end, y + step - 2), (middle - end, y + step - 2)),
            colours[i],
        )
        canvas.text((middle, y + step / 2), name, look.letter, ink_on(colours[i]))
    telling = _named("funnel chart")
    telling.say(f"It has {count} stages.", f"{count} stages")
    telling.facts["stages"] = count
    return telling


ROUNDS: tuple[Callable[[np.random.Generator, Canvas, Look, Box], Telling], ...] = (
    _radar,
    _gauge,
    _treemap,
    _sunburst,
    _rose,
    _funnel,
)
