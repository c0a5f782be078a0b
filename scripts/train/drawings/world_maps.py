"""Maps of the real world: outlines, choropleths, globes, routes, web maps, the states of the USA."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from scripts.train.drawings import lettering, world
from scripts.train.drawings.colours import BLACK, WHITE, Colour, hsv, mixed, name_of, palette, shade
from scripts.train.drawings.dice import chance, pick, some, span, whole
from scripts.train.drawings.drawing import Drawing, Fact
from scripts.train.drawings.wear import aged, handled, noise_field

_SEAS: tuple[Colour, ...] = ((170, 211, 223), (160, 210, 250), (152, 251, 255), (202, 224, 240), (173, 216, 230))
_RAMPS = (
    ("f7fbff", "08306b"),
    ("fff5eb", "7f2704"),
    ("ffffcc", "800026"),
    ("edf8e9", "005a32"),
    ("ffffd9", "081d58"),
    ("fde725", "440154"),
    ("fcfbfd", "3f007d"),
)


@dataclass(frozen=True)
class MapPlan:
    """What a world map shows."""

    form: str
    """rectangle, oval, globe, disc or part."""
    manner: str
    """outline, black, plain, political, shaded, relief or faint."""
    places: world.Places
    grid: float
    """Degrees between the lines of the graticule; 0 for none."""


def _plan(rng: np.random.Generator) -> MapPlan:
    throw, middle = rng.random(), float(pick(rng, (0, 0, 0, 11, -90, 150)))
    wide = whole(rng, 220, 420)
    grid = pick(rng, (0.0, 15.0, 30.0))
    everything = (0.0, 0.0, 180.0)
    manner = pick(rng, ("outline", "outline", "black", "plain", "plain", "political", "shaded", "relief", "faint"))
    if throw < 0.25:
        return MapPlan("rectangle", manner, world.rectangle((wide, wide // 2), middle, everything), grid)
    if throw < 0.4:
        project = pick(rng, (world.mollweide, world.flat_oval))
        return MapPlan("oval", manner, project((wide, wide // 2), middle, everything), grid)
    side = int(wide * 0.75)
    if throw < 0.55:
        at = (0.0, span(rng, -50, 60), 0.0)
        return MapPlan("globe", manner, world.globe((side, side), span(rng, -180, 180), at), grid)
    if throw < 0.6:
        at = (0.0, pick(rng, (1.0, -1.0)), 0.0)
        return MapPlan("disc", manner, world.polar_disc((side, side), span(rng, -180, 180), at), grid)
    if throw < 0.68:
        size = (wide, int(wide * span(rng, 0.6, 0.95)))
        return MapPlan("rectangle", manner, world.mercator(size, middle, (0.0, 15.0, 178.0)), grid)
    at = pick(
        rng,
        (
            (10.0, 50.0, 24.0),
            (20.0, 3.0, 42.0),
            (-95.0, 42.0, 40.0),
            (-60.0, -20.0, 38.0),
            (95.0, 25.0, 50.0),
            (135.0, -25.0, 28.0),
            (-75.0, 18.0, 22.0),
            (40.0, 60.0, 60.0),
        ),
    )
    window = (at[0] + span(rng, -8, 8), at[1] + span(rng, -6, 6), at[2] * span(rng, 0.35, 1.3))
    size = (wide, int(wide * span(rng, 0.6, 1.2)))
    project = pick(rng, (world.mercator, world.mercator, world.stereographic, world.rectangle))
    return MapPlan(
        "part", manner, project(size, 0.0, window), 0.0 if chance(rng, 0.6) else pick(rng, (5.0, 10.0, 20.0))
    )


def _inks(rng: np.random.Generator, plan: MapPlan) -> tuple[NDArray[np.uint8], Colour, Colour | None]:
    """(colour of each raster value, water first; colour of coasts and borders; of the graticule)."""
    count = len(world.outlines("countries")) + 1
    sea: Colour = WHITE
    land: Colour = WHITE
    line: Colour = BLACK
    if plan.manner == "black":
        land, line = BLACK, BLACK
    elif plan.manner == "plain":
        sea = pick(rng, (WHITE, *_SEAS, (14, 18, 40)))
        dark = sum(sea) < 200
        land = pick(rng, ((242, 239, 233), (220, 220, 220), (210, 225, 190), (239, 225, 200), (130, 170, 120)))
        land = (40, 46, 70) if dark else land
        line = pick(rng, (WHITE, (120, 120, 120), BLACK)) if not dark else (90, 100, 130)
    elif plan.manner == "faint":
        sea, land = pick(rng, (((225, 230, 232), (246, 247, 240)), ((212, 218, 220), (235, 235, 225)), (WHITE, WHITE)))
        line = (205, 205, 205)
    colours = np.array([sea] + [land] * (count - 1), dtype=np.uint8)
    if plan.manner == "political":
        tints = [mixed(one, WHITE, 0.4) for one in palette(rng, 6)]
        colours[1:] = np.array(tints, dtype=np.uint8)[rng.integers(6, size=count - 1)]
        colours[0] = pick(rng, (WHITE, *_SEAS))
        line = pick(rng, (WHITE, (110, 110, 110)))
    if plan.manner == "shaded":
        low, high = (np.array([int(text[i : i + 2], 16) for i in (0, 2, 4)]) for text in pick(rng, _RAMPS))
        share = rng.random(count - 1)[:, None] ** span(rng, 0.6, 1.8)
        colours[1:] = np.round(low + (high - low) * share).astype(np.uint8)
        colours[0] = pick(rng, (WHITE, WHITE, (235, 240, 245)))
        line = pick(rng, (WHITE, (90, 90, 90)))
    return colours, line, None if not plan.grid else mixed(line, WHITE, 0.45 if plan.manner != "black" else 0.6)


def _paint(rng: np.random.Generator, plan: MapPlan) -> tuple[Image.Image, NDArray[np.uint8]]:
    found = world.country_at(plan.places)
    colours, line, grid = _inks(rng, plan)
    pixels = colours[found]
    if plan.manner == "relief":
        pixels = _relief(rng, plan.places, found)
        line = (60, 60, 60)
    if grid and plan.manner != "relief":
        drawn = world.graticule(plan.places, plan.grid)
        pixels[drawn & (found == 0) if plan.manner == "black" else drawn] = grid
    border = world.edges(found) if plan.manner != "outline" or chance(rng, 0.3) else world.edges(found > 0)
    if not (plan.manner == "relief" and chance(rng, 0.6)):
        pixels[border & plan.places[2]] = line
    pixels[~plan.places[2]] = BLACK if plan.manner == "relief" and plan.form == "globe" and chance(rng, 0.5) else WHITE
    if plan.form in ("oval", "globe", "disc"):
        pixels[world.edges(plan.places[2])] = BLACK if sum(line) < 700 else (150, 150, 150)
    image = Image.fromarray(pixels)
    return image.filter(ImageFilter.GaussianBlur(0.55)) if chance(rng, 0.75) else image, found


def _relief(rng: np.random.Generator, places: world.Places, found: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Green plains, brown and white heights, blue depths, as physical maps and satellite mosaics have them."""
    height, width = found.shape
    rough = noise_field(rng, (width, height), 6, 4)
    cold = np.clip((abs(places[1]) - 55) / 20, 0, 1)[..., None]
    low, middle, high = np.array((96, 140, 75)), np.array((196, 170, 110)), np.array((120, 85, 55))
    lift = np.clip(rough * 0.7 + 0.45, 0, 1)[..., None]
    land = np.where(lift < 0.5, low + (middle - low) * lift * 2, middle + (high - middle) * (lift * 2 - 1))
    land = land * (1 - cold) + 240 * cold
    sea = np.array((20, 60, 130)) + (np.array((70, 140, 200)) - np.array((20, 60, 130))) * np.clip(lift + 0.2, 0, 1)
    shown: NDArray[np.uint8] = np.clip(np.where((found > 0)[..., None], land, sea), 0, 255).astype(np.uint8)
    return shown


_FORMS = {
    "rectangle": "It shows the whole world in a rectangle.",
    "oval": "It shows the whole world in an oval.",
    "globe": "It shows a globe.",
    "disc": "It shows the world in a circle round a pole.",
    "part": "It shows part of the world.",
}


def _tell(plan: MapPlan, image: Image.Image, found: NDArray[np.uint8]) -> tuple[list[str], dict[str, Fact]]:
    facts: dict[str, Fact] = {"form": plan.form, "manner": plan.manner, "graticule": bool(plan.grid)}
    said = [_FORMS[plan.form]]
    pixels = np.asarray(image)
    inside = plan.places[2]
    for word, mask in (("water", inside & (found == 0)), ("land", inside & (found > 0))):
        if plan.manner in ("plain", "black", "faint") and int(mask.sum()) > 0.08 * mask.size:
            red, green, blue = (int(v) for v in np.median(pixels[mask], axis=0))
            name = name_of((red, green, blue))
            if name not in ("white", "grey"):
                said.append(f"The {word} is {name}.")
                facts[word] = name
    if plan.manner == "outline":
        said.append("Coasts are drawn as lines.")
    if plan.manner == "shaded":
        said.append("The regions are shaded from light to dark.")
    if plan.manner == "political":
        said.append("The regions have several colours.")
    if plan.grid and plan.manner != "relief":
        said.append("It has a grid of meridians and parallels.")
    return said, facts


def _marks(rng: np.random.Generator, image: Image.Image, said: list[str], facts: dict[str, Fact], inset: float) -> None:
    """Perhaps routes, pins, points, names over the map; each said when drawn."""
    draw, (wide, high) = ImageDraw.Draw(image), image.size

    def spot() -> tuple[float, float]:
        return span(rng, inset, 1 - inset) * wide, span(rng, inset, 1 - inset) * high

    throw = rng.random()
    if throw < 0.16:
        colour = shade(rng, pick(rng, ("red", "blue", "green")))
        (ax, ay), (bx, by) = spot(), spot()
        t = np.linspace(0, 1, 24)
        rise = -abs(bx - ax) * span(rng, 0, 0.35)
        line = [(float(ax + (bx - ax) * s), float(ay + (by - ay) * s + rise * 4 * s * (1 - s))) for s in t]
        draw.line(line, fill=colour, width=whole(rng, 2, 3), joint="curve")
        said.append(f"A route is marked in {name_of(colour)}.")
        facts["route"] = name_of(colour)
    elif throw < 0.28:
        colour = shade(rng, pick(rng, ("red", "blue", "orange")))
        for _ in range(whole(rng, 30, 160)):
            (x, y), r = spot(), span(rng, 1, 3.5)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
        said.append(f"Many {name_of(colour)} points lie on it.")
        facts["points"] = name_of(colour)
    elif throw < 0.38:
        count, colour = whole(rng, 1, 4), pick(rng, ((42, 129, 203), (214, 50, 50)))
        for _ in range(count):
            x, y = spot()
            draw.polygon([(x, y), (x - 6, y - 13), (x + 6, y - 13)], fill=colour)
            draw.ellipse((x - 7, y - 22, x + 7, y - 8), fill=colour)
            draw.ellipse((x - 2.5, y - 17, x + 2.5, y - 12), fill=WHITE)
        said.append(f"It has {count} {name_of(colour)} pin{'s' * (count > 1)}.")
        facts["pins"] = count
    if chance(rng, 0.3):
        names = [name for name, _ in world.outlines("countries")]
        face = lettering.font(rng, span(rng, 7, 11), "sans")
        for name in some(rng, names, whole(rng, 3, 12)):
            draw.text(spot(), name, font=face, fill=pick(rng, (BLACK, (90, 90, 110))), anchor="mm")


def _framed(rng: np.random.Generator, image: Image.Image, plan: MapPlan) -> Image.Image:
    """With a margin, a frame and degrees along it, as plotting libraries leave it."""
    if plan.form == "part" and chance(rng, 0.6):
        return image
    across, down = int(image.width * span(rng, 0.02, 0.2)), int(image.height * span(rng, 0.02, 0.25))
    sheet = Image.new("RGB", (image.width + 2 * across, image.height + 2 * down), WHITE)
    sheet.paste(image, (across, down))
    draw, right, low = ImageDraw.Draw(sheet), across + image.width, down + image.height
    if plan.form in ("rectangle", "part"):
        draw.rectangle((across, down, right, low), outline=BLACK)
        if down > 12 and plan.grid:
            face = lettering.font(rng, 8, "sans")
            for i in range(7):
                x, degrees = across + image.width * i / 6, abs(-180 + 60 * i)
                for y in (down - 7, low + 7):
                    draw.text((x, y), f"{degrees}°{'W' if i < 3 else 'E'}", font=face, fill=BLACK, anchor="mm")
    if chance(rng, 0.25) and down > 14:
        draw.text(
            (sheet.width / 2, down / 2),
            lettering.words(rng, 3),
            font=lettering.font(rng, 12, "sans"),
            fill=BLACK,
            anchor="mm",
        )
    return sheet


def draw_world(rng: np.random.Generator) -> Drawing:
    """A map of the world or of a part of it."""
    plan = _plan(rng)
    image, found = _paint(rng, plan)
    said, facts = _tell(plan, image, found)
    _marks(rng, image, said, facts, 0.2 if plan.form in ("globe", "oval", "disc") else 0.08)
    image = _framed(rng, image, plan)
    if chance(rng, 0.07):
        image, said = aged(rng, image, (225, 200, 155)), ["It is on old paper.", said[0]]
    keywords = tuple(dict.fromkeys(("map", "world" if plan.form != "part" else "region", "countries", plan.form)))
    return Drawing(handled(rng, image), "map", ("Map.", *said), keywords, facts)


def draw_states(rng: np.random.Generator) -> Drawing:
    """The states of the USA: plain, coloured or shaded, perhaps with a legend."""
    wide = whole(rng, 260, 440)
    scale = wide / world.STATES_SHEET[0]
    high = int(world.STATES_SHEET[1] * scale)
    margin = whole(rng, 0, 30)
    image = Image.new("RGB", ((wide + 2 * margin) * 2, (high + 2 * margin) * 2), WHITE)
    draw = ImageDraw.Draw(image)
    manner = pick(rng, ("plain", "shaded", "shaded", "two", "political"))
    low, top = (np.array([int(text[i : i + 2], 16) for i in (0, 2, 4)]) for text in pick(rng, _RAMPS))
    plain = pick(rng, (WHITE, (222, 222, 222), hsv(span(rng, 0, 360), 0.4, 0.9)))
    two = (shade(rng, "red"), shade(rng, "blue"))
    tints = [mixed(one, WHITE, 0.4) for one in palette(rng, 5)]
    line = pick(rng, (WHITE, BLACK, (120, 120, 120))) if plain != WHITE else BLACK
    for _, rings in world.outlines("states"):
        share = float(rng.random())
        fill = {"plain": plain, "two": two[int(share > 0.5)], "political": tints[int(share * 5)]}.get(
            manner, tuple(int(v) for v in low + (top - low) * share)
        )
        for ring in rings:
            at = [((x * scale + margin) * 2, (y * scale + margin) * 2) for x, y in ring]
            draw.polygon(at, fill=fill, outline=line, width=2)
    image = image.reduce(2)
    said = ["It shows the states of the USA."]
    said += {
        "shaded": ["The regions are shaded from light to dark."],
        "two": ["The regions are red and blue."],
        "political": ["The regions have several colours."],
    }.get(manner, [])
    facts: dict[str, Fact] = {"form": "states", "manner": manner}
    if manner == "shaded" and margin > 16 and chance(rng, 0.6):
        pen, x = ImageDraw.Draw(image), image.width - margin + 3
        for i in range(60):
            pen.line((x, margin + i, x + 8, margin + i), fill=tuple(int(v) for v in top + (low - top) * i / 60))
        said.append("A colour bar is on the right.")
        facts["colour_bar"] = True
    _marks(rng, image, said, facts, 0.15)
    return Drawing(handled(rng, image), "map", ("Map.", *said), ("map", "usa", "states", "regions"), facts)
