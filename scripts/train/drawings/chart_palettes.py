"""The colours of well-known charting software, and the plain names that people call colours by."""

from __future__ import annotations

import numpy as np

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

_HEX = {
    "matplotlib": "1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf",
    "pairs": "1f77b4 aec7e8 ff7f0e ffbb78 2ca02c 98df8a d62728 ff9896",
    "tableau": "4e79a7 f28e2b e15759 76b7b2 59a14f edc948 b07aa1 ff9da7 9c755f bab0ac",
    "vega": "4c78a8 f58518 e45756 72b7b2 54a24b eeca3b b279a2 ff9da6 9d755d bab0ac",
    "ggplot3": "f8766d 00ba38 619cff",
    "ggplot4": "f8766d 7cae00 00bfc4 c77cff",
    "ggplot6": "f8766d b79f00 00ba38 00bfc4 619cff f564e3",
    "excel2013": "4472c4 ed7d31 a5a5a5 ffc000 5b9bd5 70ad47 264478 9e480e",
    "excel2007": "4f81bd c0504d 9bbb59 8064a2 4bacc6 f79646 2c4d75 772c2a",
    "excel97": "9999ff 993366 ffffcc ccffff 660066 ff8080 0066cc ccccff",
    "office2023": "156082 e97132 196b24 0f9ed5 a02b93 4ea72e",
    "google": "3366cc dc3912 ff9900 109618 990099 0099c6 dd4477 66aa00",
    "sheets": "4285f4 ea4335 fbbc04 34a853 ff6d01 46bdc6",
    "chartjs": "36a2eb ff6384 ff9f40 ffcd56 4bc0c0 9966ff c9cbcf",
    "plotly": "636efa ef553b 00cc96 ab63fa ffa15a 19d3f3 ff6692 b6e880",
    "highcharts": "2caffe 544fc5 00e272 fe6a35 6b8abc d568fb 2ee0ca fa4b42",
    "highold": "7cb5ec 434348 90ed7d f7a35c 8085e9 f15c80 e4d354 2b908f",
    "echarts": "5470c6 91cc75 fac858 ee6666 73c0de 3ba272 fc8452 9a60b4",
    "economist": "006ba2 3ebcd2 379a8b ebb434 b4ba39 9a607f d1b07c 758d99",
    "ft": "0f5499 990f3d ff7faa 00a0dd 593380 96cc28 f2dfce 262a33",
    "set1": "e41a1c 377eb8 4daf4a 984ea3 ff7f00 ffff33 a65628 f781bf",
    "set2": "66c2a5 fc8d62 8da0cb e78ac3 a6d854 ffd92f e5c494 b3b3b3",
    "dark2": "1b9e77 d95f02 7570b3 e7298a 66a61e e6ab02 a6761d 666666",
    "pastel": "a1c9f4 ffb482 8de5a1 ff9f9b d0bbff debb9b fab0e4 cfcfcf",
    "deep": "4c72b0 dd8452 55a868 c44e52 8172b3 937860 da8bc3 8c8c8c",
    "pure": "0000ff ff0000 00ff00 ffff00 ff00ff 00ffff 000000 808080",
    "web": "008000 ff0000 0000ff ffa500 800080 ffff00 808080 000000",
    "gnuplot": "9400d3 009e73 56b4e9 e69f00 f0e442 0072b2 e51e10 000000",
    "okabe": "e69f00 56b4e9 009e73 f0e442 0072b2 d55e00 cc79a7 000000",
    "grey": "000000 888888 cccccc 444444 aaaaaa eeeeee",
    "steel": "333333 777777 aaaaaa d0d0d0",
    "blues": "08519c 3182bd 6baed6 9ecae1 c6dbef",
    "greens": "006d2c 31a354 74c476 a1d99b c7e9c0",
    "oranges": "a63603 e6550d fd8d3c fdae6b fdd0a2",
    "viridis": "440154 414487 2a788e 22a884 7ad151 fde725",
    "magma": "3b0f70 8c2981 de4968 fe9f6d fcfdbf",
    "flat": "3498db e74c3c 2ecc71 f1c40f 9b59b6 1abc9c e67e22 34495e",
    "material": "2196f3 f44336 4caf50 ffeb3b 9c27b0 009688 ff9800 795548",
    "tailwind": "3b82f6 ef4444 10b981 f59e0b 8b5cf6 ec4899 14b8a6 6b7280",
    "neon": "00e5ff ff4081 76ff03 ffea00 d500f9 ff9100",
    "newspaper": "b51d14 ddb310 4053d3 00b25d 00beff fb49b0 cacaca",
    "earth": "8c510a d8b365 f6e8c3 c7eae5 5ab4ac 01665e",
}


def rgb(text: str) -> Colour:
    """`ff8800` as numbers."""
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def hexed(colour: Colour) -> str:
    """A colour as `#ff8800`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


PALETTES: dict[str, tuple[Colour, ...]] = {name: tuple(rgb(one) for one in text.split()) for name, text in _HEX.items()}
_NAMES = tuple(PALETTES)


def pick_palette(rng: np.random.Generator, least: int, name: str = "") -> list[Colour]:
    """Colours, `least` or more of them; now and then in another order."""
    if not name or len(PALETTES[name]) < least:
        fitting = [key for key in _NAMES if len(PALETTES[key]) >= least] or ["matplotlib"]
        name = fitting[int(rng.integers(len(fitting)))]
    colours = list(PALETTES[name])
    if rng.random() < 0.35:
        colours = [colours[i] for i in rng.permutation(len(colours))]
    while len(colours) < least:
        colours += [mix(one, WHITE, 0.45) for one in colours]
    return colours


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    r, g, b = (round(a + (c - a) * share) for a, c in zip(first, second, strict=True))
    return r, g, b


def luminance(colour: Colour) -> float:
    """How light a colour is, 0 to 1 (Rec. 601 luma)."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever can be read on this colour."""
    return BLACK if luminance(colour) > 0.55 else WHITE


def apart(colour: Colour, ground: Colour) -> Colour:
    """The colour itself if it can be seen on the ground, else a darker or lighter one."""
    if abs(luminance(colour) - luminance(ground)) > 0.2 or _distance(colour, ground) > 140:
        return colour
    return mix(colour, ink_on(ground), 0.45)


def _distance(first: Colour, second: Colour) -> float:
    return float(np.linalg.norm(np.subtract(first, second)))
