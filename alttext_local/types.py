"""The words of the house: what goes in, what is asked, what comes out.

Floor 0: imports nothing of ours. Every other floor speaks in these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.Image import Image

Kind = Literal[
    "photograph",
    "bar chart",
    "line chart",
    "pie chart",
    "scatter plot",
    "other chart",
    "table",
    "text",
    "equation",
    "diagram",
    "geometric figure",
    "map",
    "screenshot",
    "logo or icon",
    "handwriting",
    "illustration",
    "blank",
    "decorative",
]
Family = Literal["chart", "text or table", "picture", "drawing", "screenshot", "decorative"]
Task = Literal["kind", "caption", "description", "keywords"]

FAMILY_OF: Mapping[Kind, Family] = {
    "photograph": "picture",
    "illustration": "picture",
    "bar chart": "chart",
    "line chart": "chart",
    "pie chart": "chart",
    "scatter plot": "chart",
    "other chart": "chart",
    "table": "text or table",
    "text": "text or table",
    "equation": "text or table",
    "handwriting": "text or table",
    "diagram": "drawing",
    "geometric figure": "drawing",
    "map": "drawing",
    "logo or icon": "drawing",
    "screenshot": "screenshot",
    "blank": "decorative",
    "decorative": "decorative",
}
KINDS: tuple[Kind, ...] = tuple(FAMILY_OF)
FAMILIES: tuple[Family, ...] = tuple(dict.fromkeys(FAMILY_OF.values()))


@dataclass(frozen=True)
class Facts:
    """What is measured on the pixels of a picture, with no model. Shares are in 0..1."""

    width: int
    """Pixels, after the EXIF turn, before any scaling of ours."""
    height: int
    brightness: float
    """Mean luminance, 0 black, 1 white."""
    contrast: float
    """Standard deviation of luminance, 0..0.5."""
    saturation: float
    """Mean HSV saturation."""
    unique_colours: int
    """Distinct colours of the 4-bit-a-channel reduction of a 128-pixel thumbnail."""
    edge_share: float
    """Share of thumbnail pixels whose gradient is strong."""
    background_share: float
    """Share of thumbnail pixels that have the most frequent colour."""
    sharpness: float
    """Variance of the Laplacian of the grey thumbnail; low means blurred."""
    colours: tuple[tuple[str, float], ...] = ()
    """Named colours with their share, largest first."""
    texture: Mapping[str, float] = field(default_factory=dict)
    """More measures by name, for judging the kind; see `pictures.texture`."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One decoded picture: RGB, upright, flattened on a background, at most 12 million pixels.

    Its aspect ratio is still the picture's own: an adapter letterboxes it (`pictures.letterbox`)
    to what its model wants before any processor of transformers sees it.
    """

    image: Image
    facts: Facts
    sha256: str
    """Of the uploaded bytes: the content part of the cache key."""
    format: Literal["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"]
    """The last two in batch runs only."""
    pages: int = 1
    """Pages of a TIFF, or frames of a WEBP, of which this is the first; 1 for what is not counted."""


@dataclass(frozen=True)
class Word:
    """One word as OCR read it. The box is left, top, width, height in pixels of `Picture.image`."""

    text: str
    confidence: float
    box: tuple[int, int, int, int]
    line: int
    """Counts lines from 0 in reading order."""


@dataclass(frozen=True)
class Reading:
    """What OCR found in a picture. `text` has one line a line, paragraphs apart by a blank line."""

    text: str = ""
    words: tuple[Word, ...] = ()
    engine: str = ""
    language: str = ""
    """The language of Tesseract that was used, such as `eng` or `eng+deu`."""
    image_size: tuple[int, int] = (0, 0)
    failed: str = ""
    """Why there is no reading, in a word for the log; empty when OCR did its work, found or not."""


@dataclass(frozen=True)
class Ask:
    """One question about a picture.

    `prompt` is what stands *after* the image; what stands before it is the family's own and the same
    for all asks, so that one prefix serves them all. With `labels` nothing is written out: the
    adapter scores each label from logits and `budget` does not count.
    """

    task: Task
    prompt: str
    budget: int
    """New tokens at most."""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture and all that is asked of it: one look, many answers."""

    picture: Picture
    asks: tuple[Ask, ...]


@dataclass(frozen=True)
class Token:
    """A piece of a text that a model wrote, with the natural log of its probability."""

    text: str
    logprob: float


@dataclass(frozen=True)
class Answer:
    """The answer to one `Ask`: a text with its tokens, or (with labels) a probability for each label."""

    text: str = ""
    tokens: tuple[Token, ...] = ()
    """Joined, their texts give `text` but for outer blanks."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Label -> probability; sums to 1 over the asked labels."""


@dataclass(frozen=True)
class Verdict:
    """What kind of picture this is, and how much of it may be said.

    `kind` is the most likely one and always there. `say_kind` and `say_family` tell whether the
    calibrated confidence is over the gate that the model card sets.
    """

    kind: Kind
    family: Family
    kind_confidence: float
    family_confidence: float
    say_kind: bool
    say_family: bool
    ranking: tuple[tuple[Kind, float], ...] = ()


@dataclass(frozen=True)
class Finding:
    """A rule that a text broke: reported to the caller, or mended on the way."""

    rule: str
    """A01..A16, B01..B09 of the rule book."""
    message: str
    mended: bool = False


@dataclass(frozen=True)
class Request:
    """What a caller asks for one image: the form fields of the API, checked."""

    selected_model: str
    alt_text_length: int = 125
    alt_prompt: str = ""
    context: str = ""
    generate_description: bool = False
    generate_ocr: bool = False
    regenerate: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Provenance:
    """The truth behind an answer."""

    requested_model: str
    model: str
    revision: str
    engine_version: str
    prompt_version: str
    cached: bool
    seconds: float
    dtype: str = ""
    """What the model was held in, such as `bfloat16` or `int8`."""
    tiles: int = 0
    """Views of a picture at most, for models that cut it in tiles; 0: as many as the model likes."""
    beams: int = 1
    """Texts that were written side by side; 1: greedy."""


@dataclass(frozen=True)
class Description:
    """All that is said about one picture. An empty `alt_text` is never an accident: it would mean decorative."""

    alt_text: str
    classification: tuple[str, ...]
    keywords: tuple[str, ...]
    description: str
    ocr_text: str
    provenance: Provenance
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
