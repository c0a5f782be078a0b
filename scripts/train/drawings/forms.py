"""Figures and things as flat outlines with light on them: what engravings, paintings and comics are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.train.drawings.dice import chance, pick, span, whole

Spot = tuple[float, float]


@dataclass(frozen=True)
class Form:
    """One shape of a scene, in front of those before it."""

    outline: tuple[Spot, ...]
    tone: float
    """How light it is, 0 to 1."""
    role: str
    """ground, wall, thing, cloth, skin, hair or leaf: what a painter would choose its colour by."""
    turn: float
    """The direction of its hatching, in radians."""


def blob(rng: np.random.Generator, at: Spot, radii: Spot, rough: float = 0.1, points: int = 40) -> tuple[Spot, ...]:
    """A closed wobbly outline."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    wobble = np.ones_like(angle)
    for k in range(2, 7):
        wobble += rng.normal(0, rough / k) * np.sin(k * angle + rng.uniform(0, 6.3))
    x, y = at[0] + radii[0] * wobble * np.cos(angle), at[1] + radii[1] * wobble * np.sin(angle)
    return tuple(zip(x.tolist(), y.tolist(), strict=True))


def bent(rng: np.random.Generator, corners: tuple[Spot, ...], rough: float) -> tuple[Spot, ...]:
    """A polygon with its sides drawn by hand: bowed a little, never quite straight."""
    made: list[Spot] = []
    for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
        bow = rng.normal(0, rough)
        for t in (0.0, 0.25, 0.5, 0.75):
            lift = bow * 4 * t * (1 - t)
            dx, dy = end[0] - start[0], end[1] - start[1]
            made.append((start[0] + dx * t - dy * lift, start[1] + dy * t + dx * lift))
    return tuple(made)


def limb(start: Spot, end: Spot, wide: float) -> tuple[Spot, ...]:
    """A tapering arm, leg or bough."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(1e-6, float(np.hypot(dx, dy)))
    nx, ny = -dy / length * wide, dx / length * wide
    return (
        (start[0] + nx, start[1] + ny),
        (end[0] + nx * 0.6, end[1] + ny * 0.6),
        (end[0] - nx * 0.6, end[1] - ny * 0.6),
        (start[0] - nx, start[1] - ny),
    )


def figure(rng: np.random.Generator, at: Spot, tall: float) -> list[Form]:
    """A standing, sitting or reaching person; `at` is where the feet are."""
    x, y = at
    head = tall * span(rng, 0.11, 0.16)
    lean = span(rng, -0.12, 0.12) * tall
    neck = (x + lean, y - tall + head * 2)
    hip = (x + lean * 0.3, y - tall * span(rng, 0.38, 0.5))
    forms = []
    skirt = chance(rng, 0.5)
    if skirt:
        wide = tall * span(rng, 0.18, 0.32)
        corners = ((hip[0] - tall * 0.08, hip[1]), (hip[0] + tall * 0.08, hip[1]), (x + wide, y), (x - wide, y))
        forms.append(Form(bent(rng, corners, 0.12), span(rng, 0.3, 0.95), "cloth", span(rng, 0, 3.1)))
    else:
        for side in (-1, 1):
            foot = (x + side * tall * span(rng, 0.03, 0.16), y)
            forms.append(Form(bent(rng, limb(hip, foot, tall * 0.06), 0.05), span(rng, 0.1, 0.7), "cloth", 1.5))
    shoulder = tall * span(rng, 0.1, 0.16)
    trunk = (
        (neck[0] - shoulder, neck[1] + head * 0.3),
        (neck[0] + shoulder, neck[1] + head * 0.3),
        (hip[0] + tall * 0.09, hip[1]),
        (hip[0] - tall * 0.09, hip[1]),
    )
    forms.append(Form(bent(rng, trunk, 0.08), span(rng, 0.15, 0.9), "cloth", span(rng, 0, 3.1)))
    for side in (-1, 1):
        root = (neck[0] + side * shoulder, neck[1] + head * 0.4)
        elbow = (root[0] + side * tall * span(rng, 0, 0.14), root[1] + tall * span(rng, 0.0, 0.16))
        hand = (elbow[0] + tall * span(rng, -0.12, 0.14) * side, elbow[1] + tall * span(rng, -0.16, 0.14))
        forms.append(Form(limb(root, elbow, tall * 0.04), span(rng, 0.3, 0.9), "cloth", 0.7))
        forms.append(Form(limb(elbow, hand, tall * 0.03), span(rng, 0.7, 1), "skin", 0.7))
    crown = (neck[0] + lean * 0.2, neck[1] - head * 0.7)
    forms.append(
        Form(
            blob(rng, (crown[0], crown[1] - head * 0.15), (head * 1.05, head * 1.15), 0.16),
            span(rng, 0, 0.6),
            "hair",
            span(rng, 0, 3.1),
        )
    )
    forms.append(Form(blob(rng, (crown[0], crown[1] + head * 0.1), (head * 0.7, head * 0.9), 0.03), 0.97, "skin", 0.8))
    forms.extend(_face(crown, head))
    if chance(rng, 0.3):
        brim = (
            (crown[0] - head * 1.3, crown[1] - head * 0.5),
            (crown[0] + head * 1.3, crown[1] - head * 0.5),
            (crown[0] + head * 0.7, crown[1] - head * 1.6),
            (crown[0] - head * 0.7, crown[1] - head * 1.6),
        )
        forms.append(Form(bent(rng, brim, 0.06), span(rng, 0, 0.8), "cloth", 0.2))
    return forms


def _face(crown: Spot, head: float) -> list[Form]:
    """Eyes, brow, nose and mouth as small dark shapes."""
    x, y = crown
    parts = []
    for side in (-1, 1):
        eye = limb((x + side * head * 0.42, y), (x + side * head * 0.15, y + head * 0.03), head * 0.09)
        parts.append(Form(eye, 0.05, "hair", 0.0))
    parts.append(Form(limb((x, y + head * 0.1), (x + head * 0.08, y + head * 0.4), head * 0.04), 0.35, "hair", 0.0))
    parts.append(
        Form(limb((x - head * 0.2, y + head * 0.62), (x + head * 0.22, y + head * 0.6), head * 0.06), 0.2, "hair", 0)
    )
    return parts


def thing(rng: np.random.Generator, at: Spot, size: float) -> list[Form]:
    """A table, a jar, a rock, a bush, a tree or an animal."""
    x, y = at
    manner = pick(rng, ("table", "jar", "rock", "bush", "tree", "animal", "box"))
    if manner == "table":
        top = (
            (x - size, y - size),
            (x + size, y - size),
            (x + size * 1.1, y - size * 0.7),
            (x - size * 1.1, y - size * 0.7),
        )
        legs = [
            Form(limb((x + s * size * 0.9, y - size * 0.7), (x + s * size, y), size * 0.06), 0.3, "thing", 1.5)
            for s in (-1, 1)
        ]
        cloth = bent(
            rng,
            (
                (x - size, y - size * 0.75),
                (x + size, y - size * 0.75),
                (x + size * 0.9, y - size * 0.2),
                (x - size * 0.95, y - size * 0.15),
            ),
            0.05,
        )
        return [*legs, Form(cloth, span(rng, 0.5, 0.95), "cloth", 1.4), Form(bent(rng, top, 0.02), 0.9, "thing", 0.1)]
    if manner in ("rock", "jar"):
        radii = (size * span(rng, 0.4, 0.8), size * span(rng, 0.4, 0.7))
        return [
            Form(
                blob(rng, (x, y - radii[1]), radii, 0.16 if manner == "rock" else 0.05),
                span(rng, 0.2, 0.8),
                "thing",
                0.6,
            )
        ]
    if manner == "bush":
        return [
            Form(
                blob(
                    rng, (x + rng.normal(0, size * 0.4), y - size * span(rng, 0.1, 0.8)), (size * 0.4, size * 0.4), 0.3
                ),
                span(rng, 0.1, 0.8),
                "leaf",
                span(rng, 0, 3.1),
            )
            for _ in range(whole(rng, 3, 7))
        ]
    if manner == "tree":
        forms = [
            Form(
                bent(rng, limb((x, y), (x + rng.normal(0, size * 0.3), y - size * 2), size * 0.16), 0.1),
                0.3,
                "thing",
                1.3,
            )
        ]
        for _ in range(whole(rng, 3, 8)):
            spot = (x + rng.normal(0, size * 0.7), y - size * span(rng, 1.4, 2.6))
            forms.append(
                Form(blob(rng, spot, (size * 0.6, size * 0.45), 0.3), span(rng, 0.15, 0.75), "leaf", span(rng, 0, 3))
            )
        return forms
    if manner == "animal":
        body = Form(blob(rng, (x, y - size * 0.6), (size * 0.8, size * 0.4), 0.12), span(rng, 0.2, 0.9), "hair", 0.3)
        legs = [
            Form(
                limb((x + s * size * 0.5, y - size * 0.4), (x + s * size * 0.6, y), size * 0.08), body.tone, "hair", 1.4
            )
            for s in (-1.0, -0.6, 0.7, 1.0)
        ]
        side = pick(rng, (-1, 1))
        head = blob(rng, (x + side * size * 0.9, y - size * 1.05), (size * 0.34, size * 0.28), 0.1)
        ear = limb(
            (x + side * size * 0.8, y - size * 1.2), (x + side * size * 0.75, y - size * span(rng, 1.5, 2)), size * 0.1
        )
        return [*legs, body, Form(ear, body.tone, "hair", 1.2), Form(head, min(1.0, body.tone + 0.15), "hair", 0.8)]
    corners = ((x - size, y - size * 0.9), (x + size * 0.8, y - size), (x + size * 0.9, y), (x - size, y + size * 0.1))
    return [Form(bent(rng, corners, 0.02), span(rng, 0.2, 0.8), "thing", pick(rng, (0.1, 1.5)))]


def scene(rng: np.random.Generator, size: tuple[int, int], people: int) -> list[Form]:
    """Ground, backdrop, things and people, back to front."""
    wide, high = size
    horizon = high * span(rng, 0.35, 0.75)
    edge = (
        (0.0, horizon),
        (float(wide), horizon + rng.normal(0, high * 0.03)),
        (float(wide), float(high)),
        (0.0, float(high)),
    )
    forms = [Form(bent(rng, edge, 0.02), span(rng, 0.5, 0.95), "ground", 0.05)]
    for _ in range(whole(rng, 0, 3)):
        x, r = span(rng, 0, wide), wide * span(rng, 0.08, 0.3)
        forms.append(
            Form(
                blob(rng, (x, horizon), (r, high * span(rng, 0.1, 0.35)), 0.2),
                span(rng, 0.3, 0.8),
                "wall",
                span(rng, 0, 3),
            )
        )
    for _ in range(whole(rng, 1, 4)):
        forms += thing(
            rng, (span(rng, 0.05, 0.95) * wide, span(rng, 0.6, 0.98) * high), min(size) * span(rng, 0.08, 0.22)
        )
    for i in range(people):
        x = wide * (i + span(rng, 0.3, 0.7)) / people
        tall = high * (span(rng, 0.55, 0.9) if people < 3 else span(rng, 0.35, 0.65))
        forms += figure(rng, (x, high * span(rng, 0.85, 0.99)), tall)
    if chance(rng, 0.4):
        forms += thing(rng, (span(rng, 0.1, 0.9) * wide, high), min(size) * span(rng, 0.08, 0.16))
    return forms
