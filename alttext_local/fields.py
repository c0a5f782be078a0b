"""What may be asked for one image, checked field by field: each refusal names the field and what it may be.

One code for every door: a form sends texts, the JSON of a ZIP may also hold real numbers and booleans.
A blank text and `null` mean that the field is not given. Fields that are not known are ignored.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from alttext_local.errors import BadRequest
from alttext_local.types import Request

SHORTEST, LONGEST, DEFAULT_LENGTH = 125, 500, 125
BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
MAX_FILE_NAME = 255
MAX_QUOTED = 80
LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"  # language, extended language
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"  # script, region
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"  # variants
    r"(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*"  # extensions
    r"(?:-x(?:-[a-z0-9]{1,8})+)?",  # private use
    re.IGNORECASE | re.ASCII,
)
"""The syntax of RFC 5646, section 2.1, without the grandfathered tags."""
MAX_LANGUAGE = 64


@dataclass(frozen=True)
class FieldLimits:
    """Characters (Unicode code points) that the texts may have at most."""

    max_prompt: int
    max_context: int


def check_fields(given: Mapping[str, object], limits: FieldLimits) -> Request:
    """The fields as a `Request`; whether its model exists is not asked here. `BadRequest` names the field."""
    return Request(
        selected_model=_required(given, "selected_model"),
        alt_text_length=_length(given, "alt_text_length"),
        alt_prompt=_text(given, "alt_prompt", limits.max_prompt),
        context=_text(given, "context", limits.max_context),
        generate_description=_boolean(given, "generate_description"),
        generate_ocr=_boolean(given, "generate_ocr"),
        regenerate=_boolean(given, "regenerate"),
        language=_language(given, "language"),
    )


def base_name(file_name: str) -> str:
    """The last part of an upload's name, of whatever system; without control characters; `image` where none is left."""
    visible = _visible(re.split(r"[/\\]", file_name)[-1]).strip()
    return visible[-MAX_FILE_NAME:] if visible not in ("", ".", "..") else "image"


def quoted(text: str) -> str:
    """A caller's own text as it may stand in a sentence back to the caller: visible, short, in quotation marks."""
    visible = _visible(text)
    return json.dumps(visible if len(visible) <= MAX_QUOTED else f"{visible[:MAX_QUOTED]}…", ensure_ascii=False)


def _visible(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))


def _required(given: Mapping[str, object], name: str) -> str:
    value = _string(given, name)
    if not value:
        raise BadRequest(f"{name} is missing.")
    return value


def _length(given: Mapping[str, object], name: str) -> int:
    value = _scalar(given, name)
    if not value:
        return DEFAULT_LENGTH
    if not re.fullmatch(r"\+?[0-9]{1,6}", value) or not SHORTEST <= int(value) <= LONGEST:
        raise BadRequest(f"{name} must be a whole number from {SHORTEST} to {LONGEST}.")
    return int(value)


def _boolean(given: Mapping[str, object], name: str) -> bool:
    value = _scalar(given, name).lower()
    if value not in BOOLEANS and value:
        raise BadRequest(f"{name} must be one of: {', '.join(BOOLEANS)}.")
    return BOOLEANS.get(value, False)


def _text(given: Mapping[str, object], name: str, limit: int) -> str:
    value = _string(given, name)
    if len(value) > limit:
        raise BadRequest(f"{name} must have at most {limit} characters.")
    return value


def _language(given: Mapping[str, object], name: str) -> str:
    value = _string(given, name)
    if value and (len(value) > MAX_LANGUAGE or not LANGUAGE.fullmatch(value)):
        raise BadRequest(f"{name} must be a BCP 47 language tag, such as en, de or pt-BR.")
    return value or "en"


def _string(given: Mapping[str, object], name: str) -> str:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{name} must be a text.")
    return (value or "").strip()


def _scalar(given: Mapping[str, object], name: str) -> str:
    """A text, or a number or boolean as a form would write it; of anything else a text that fits nothing."""
    value = given.get(name)
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (bool, int)):
        return str(value)
    return "" if value is None else "?"
