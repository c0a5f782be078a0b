"""The JSON in the ZIP of a bulk job: what it may say, and which image gets which settings.

Three shapes are read: an object with the defaults at its top and a list `images`; the bare list; an object whose
keys are paths. Wrong settings refuse the whole upload, so that they can be mended before anything has run; a path
without a file is that entry's failure alone.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

from alttext_local.errors import BadConfiguration, BadRequest
from alttext_local.fields import (
    BOOLEANS,
    DEFAULT_LENGTH,
    LONGEST,
    MAX_LANGUAGE,
    SHORTEST,
    FieldLimits,
    base_name,
    check_fields,
    quoted,
)
from alttext_local.jobs.archive import Archive, ArchiveLimits, normal
from alttext_local.jobs.job import Item
from alttext_local.jobs.strict_json import parse
from alttext_local.jobs.zip_directory import Entry
from alttext_local.types import Request

DEFAULT_MODEL = "gpt-4o"
REFERENCES = ("file_ref", "path", "file_name", "name")
"""The keys that may name an entry's file; where several are there, the first of them counts."""
MAX_REFERENCE = 1024
MOST_TOLD = 10
"""Mistakes that one answer names."""
MISSING = "The ZIP has no image file of this name."
AMBIGUOUS = "Several image files in the ZIP have this name: give the path in full."

Text = Annotated[object, WithJsonSchema({"type": ["string", "null"]})]
Switch = Annotated[object, WithJsonSchema({"enum": [True, False, 1, 0, *BOOLEANS, "", None]})]
Length = Annotated[
    object,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": SHORTEST, "maximum": LONGEST},
                {"type": "string", "pattern": "^[0-9]*$"},
                {"type": "null"},
            ],
        }
    ),
]


class ImageSettings(BaseModel):
    """What is asked: the form fields of the route for one image. An empty text and null mean 'not given'."""

    model_config = ConfigDict(extra="ignore")

    selected_model: Text = Field(None, description=f"Who describes; {DEFAULT_MODEL} where nobody is named.")
    alt_text_length: Length = Field(None, description=f"Characters at most; else {DEFAULT_LENGTH}.")
    alt_prompt: Text = Field(None, description="What the text should pay heed to.")
    context: Text = Field(None, description="Where the image stands: heading, caption, paragraph.")
    generate_description: Switch = Field(None, description="Whether to write a detailed description too.")
    generate_ocr: Switch = Field(None, description="Whether to return the text in the image.")
    regenerate: Switch = Field(None, description="Whether to make the text anew where a result is kept.")
    language: Text = Field(None, description="The language to write in, a BCP 47 tag such as en or pt-BR.")

    def given(self) -> dict[str, object]:
        """The fields that are given."""
        fields = {name: getattr(self, name) for name in ImageSettings.model_fields}
        return {n: v for n, v in fields.items() if v is not None and not (isinstance(v, str) and not v.strip())}


class ListedImage(ImageSettings):
    """One image of the list: where it lies in the ZIP (by one of four keys), and what differs from the defaults."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"anyOf": [{"required": [name]} for name in REFERENCES]}
    )

    file_ref: Text = Field(None, description="The image's path in the ZIP, or its file name where only one has it.")
    path: Text = Field(None, description="The same as file_ref.")
    file_name: Text = Field(None, description="The same as file_ref.")
    name: Text = Field(None, description="The same as file_ref.")


class BulkConfiguration(ImageSettings):
    """Defaults for all images of the ZIP, and the list of those that differ. `{}` asks for the defaults."""

    images: list[ListedImage] | dict[str, ImageSettings] | None = Field(
        None, description="A list, or an object whose keys are paths. Images that it leaves out get the defaults."
    )
    describe_unlisted: Switch = Field(
        None, description="false: images that `images` leaves out are not described; retry.json says so."
    )


@dataclass(frozen=True)
class Wish:
    """One entry of the configuration: the file that it names, and what it asks for."""

    file_ref: str
    request: Request


@dataclass(frozen=True)
class Configuration:
    """A configuration that was read: every request in it is checked."""

    defaults: Request
    wishes: tuple[Wish, ...] = ()
    describe_unlisted: bool = True


def read_configuration(
    data: bytes, limits: ArchiveLimits, field_limits: FieldLimits, known_models: Sequence[str]
) -> Configuration:
    """Read the JSON of a ZIP. `BadConfiguration` says what is wrong and where, up to ten mistakes at once."""
    if len(data) > limits.json_bytes:
        raise BadConfiguration(f"It has more than {limits.json_bytes} bytes.")
    top, listed = _taken_apart(parse(data, limits.json_depth))
    if len(listed) > limits.images:
        raise BadConfiguration(f"images: more than {limits.images} entries.")
    reader = _Reader(field_limits, known_models)
    shared = {"selected_model": DEFAULT_MODEL, **ImageSettings.model_validate(top).given()}
    defaults = reader.request("", shared)
    if defaults is None:  # what is wrong there is not said once more for every entry
        raise BadConfiguration(reader.told())
    wishes = tuple(reader.wish(where, path, value, shared) for where, path, value in listed)
    if reader.mistakes:
        raise BadConfiguration(reader.told())
    unlisted = _describes_unlisted(top.get("describe_unlisted"))
    if not unlisted and not wishes:
        raise BadConfiguration("images: nothing is listed, and describe_unlisted is false.")
    return Configuration(defaults, tuple(wish for wish in wishes if wish is not None), unlisted)


def plan(archive: Archive, configuration: Configuration) -> tuple[Item, ...]:
    """The items of the job: what the configuration lists, in its order, then the other images, in the archive's."""
    finder = _Finder(archive.images)
    items: list[Item] = []
    listed: set[str] = set()
    for wish in configuration.wishes:
        found = finder.find(wish.file_ref)
        if isinstance(found, Entry):
            listed.add(found.name)
            items.append(_item(len(items), wish.file_ref, found, wish.request))
        else:
            items.append(Item(len(items), base_name(wish.file_ref), wish.file_ref, failure=found))
    for entry in archive.images if configuration.describe_unlisted else ():
        if entry.name not in listed:
            items.append(_item(len(items), entry.shown, entry, configuration.defaults))
    return tuple(items)


def schema(field_limits: FieldLimits) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the configuration, with examples."""
    shapes: TypeAdapter[Any] = TypeAdapter(BulkConfiguration | list[ListedImage] | dict[str, ImageSettings])
    made = shapes.json_schema()
    for model in made["$defs"].values():
        for told in model["properties"].values():  # null stands for 'not given': no reader need know
            told.pop("default", None)
            told.pop("title", None)
        model["properties"]["alt_prompt"]["maxLength"] = field_limits.max_prompt
        model["properties"]["context"]["maxLength"] = field_limits.max_context
        model["properties"]["language"]["maxLength"] = MAX_LANGUAGE
        for name in set(REFERENCES) & set(model["properties"]):
            model["properties"][name]["maxLength"] = MAX_REFERENCE
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The JSON in the ZIP of a bulk job",
        "description": "UTF-8, no key twice in one object, no NaN. Keys that are not named here are ignored.",
    }
    return {**about, **made, "examples": list(EXAMPLES)}


EXAMPLES: tuple[object, ...] = (
    {},
    {
        "selected_model": "gpt-4o",
        "alt_text_length": 200,
        "language": "en",
        "images": [
            {"file_ref": "chapter-1/figure-1.png", "context": "Figure 1: Rainfall by month.", "generate_ocr": True},
            {"file_name": "portrait.jpg", "alt_prompt": "Name the clothes.", "generate_description": True},
        ],
    },
    [{"path": "figure-1.png"}, {"path": "figure-2.png", "alt_text_length": 300}],
    {"figure-1.png": {"context": "Figure 1: Rainfall by month."}, "figure-2.png": {}},
)


class _Listed(NamedTuple):
    where: str
    path: str | None
    """Where the path is the key; else it stands in the value."""
    value: object


def _taken_apart(value: object) -> tuple[Mapping[str, object], list[_Listed]]:
    """The defaults and the entries, whichever the shape."""
    if isinstance(value, list):
        return {}, [_Listed(f"[{at}]", None, one) for at, one in enumerate(value)]
    if not isinstance(value, dict):
        raise BadConfiguration("It must be an object or a list.")
    if "images" not in value:
        keyed = {
            key: one for key, one in value.items() if isinstance(one, dict) and key not in ImageSettings.model_fields
        }
        return value, [_Listed(f"[{quoted(key)}]", key, one) for key, one in keyed.items()]
    images = value["images"]
    if isinstance(images, list):
        return value, [_Listed(f"images[{at}]", None, one) for at, one in enumerate(images)]
    if isinstance(images, dict):
        return value, [_Listed(f"images[{quoted(key)}]", key, one) for key, one in images.items()]
    if images is not None:
        raise BadConfiguration("images: must be a list of objects.")
    return value, []


def _describes_unlisted(value: object) -> bool:
    if value is None or value == "":
        return True
    said = BOOLEANS.get(str(value).strip().lower())
    if said is None or isinstance(value, float):
        raise BadConfiguration(f"describe_unlisted must be one of: {', '.join(BOOLEANS)}.")
    return said


class _Reader:
    """Reads entries one by one, and gathers what is wrong with them."""

    def __init__(self, limits: FieldLimits, known_models: Sequence[str]) -> None:
        self._limits = limits
        self._known = tuple(known_models)
        self.mistakes: list[str] = []

    def told(self) -> str:
        """The first mistakes, in one text."""
        more = len(self.mistakes) - MOST_TOLD
        return " ".join(self.mistakes[:MOST_TOLD]) + (f" And {more} more." if more > 0 else "")

    def wish(self, where: str, path: str | None, value: object, shared: Mapping[str, object]) -> Wish | None:
        """One entry, its settings laid over the shared ones; None where it is wrong."""
        if not isinstance(value, dict):
            self.mistakes.append(f"{where}: must be an object.")
            return None
        entry = ListedImage.model_validate(value)
        reference = self._reference(where, entry, path)
        request = self.request(f"{where}.", {**shared, **entry.given()})
        return Wish(reference, request) if reference and request else None

    def request(self, where: str, fields: Mapping[str, object]) -> Request | None:
        """The checked request; None where a field is wrong."""
        try:
            request = check_fields(fields, self._limits)
        except BadRequest as error:
            self.mistakes.append(f"{where}{error.detail}")
            return None
        if request.selected_model not in self._known:
            self.mistakes.append(f"{where}selected_model must be one of: {', '.join(self._known)}.")
            return None
        return request

    def _reference(self, where: str, entry: ListedImage, path: str | None) -> str | None:
        given = [(name, getattr(entry, name)) for name in REFERENCES] if path is None else [("path", path)]
        for name, value in given:
            if value is None or value == "":
                continue
            if not isinstance(value, str) or not normal(value) or len(value) > MAX_REFERENCE:
                self.mistakes.append(f"{where}.{name} must be a path of at most {MAX_REFERENCE} characters.")
                return None
            return value
        self.mistakes.append(f"{where}: one of {', '.join(REFERENCES)} must name its file.")
        return None


class _Finder:
    """Finds images by their path in full, else by a base name that is unique."""

    def __init__(self, images: Sequence[Entry]) -> None:
        self._paths: dict[str, set[int]] = defaultdict(set)
        self._names: dict[str, set[int]] = defaultdict(set)
        self._images = images
        for at, image in enumerate(images):
            for reading in {normal(image.shown), normal(image.name)}:
                self._paths[reading].add(at)
                self._names[reading.rpartition("/")[2]].add(at)

    def find(self, file_ref: str) -> Entry | str:
        """The image that is meant, or the sentence that says why there is none."""
        path = normal(file_ref)
        found = self._paths.get(path) or self._names.get(path.rpartition("/")[2]) or set()
        if len(found) == 1:
            return self._images[next(iter(found))]
        return AMBIGUOUS if found else MISSING


def _item(number: int, file_ref: str, entry: Entry, request: Request) -> Item:
    name = base_name(unicodedata.normalize("NFC", entry.shown))
    return Item(number, name, file_ref, entry.name, request)
