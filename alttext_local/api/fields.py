"""The form fields of one image, checked one by one: each refusal names the field and what it may be.

A text field that is sent twice counts as sent last; a second `file` is refused, since one answer cannot
speak of two images. Fields that are not known are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from alttext_local.errors import BadRequest
from alttext_local.settings import Settings
from alttext_local.types import Request

SHORTEST, LONGEST, DEFAULT_LENGTH = 125, 500, 125
BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
MAX_FILE_NAME = 255
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


def check_fields(texts: Mapping[str, str], settings: Settings) -> Request:
    """The text fields as a `Request`; whether its model exists is not asked here. `BadRequest` names the field."""
    return Request(
        selected_model=_required(texts, "selected_model"),
        alt_text_length=_length(texts, "alt_text_length"),
        alt_prompt=_text(texts, "alt_prompt", settings.max_prompt),
        context=_text(texts, "context", settings.max_context),
        generate_description=_boolean(texts, "generate_description"),
        generate_ocr=_boolean(texts, "generate_ocr"),
        regenerate=_boolean(texts, "regenerate"),
        language=_language(texts, "language"),
    )


def base_name(file_name: str) -> str:
    """The last part of an upload's name, of whatever system; without control characters; `image` where none is left."""
    last = re.split(r"[/\\]", file_name)[-1]
    visible = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip()
    return visible[-MAX_FILE_NAME:] if visible not in ("", ".", "..") else "image"


def _required(texts: Mapping[str, str], name: str) -> str:
    value = texts.get(name, "").strip()
    if not value:
        raise BadRequest(f"{name} is missing.")
    return value


def _length(texts: Mapping[str, str], name: str) -> int:
    value = texts.get(name, "").strip()
    if not value:
        return DEFAULT_LENGTH
    if not re.fullmatch(r"\+?[0-9]{1,6}", value) or not SHORTEST <= int(value) <= LONGEST:
        raise BadRequest(f"{name} must be a whole number from {SHORTEST} to {LONGEST}.")
    return int(value)


def _boolean(texts: Mapping[str, str], name: str) -> bool:
    value = texts.get(name, "").strip().lower()
    if value not in BOOLEANS and value:
        raise BadRequest(f"{name} must be one of: {', '.join(BOOLEANS)}.")
    return BOOLEANS.get(value, False)


def _text(texts: Mapping[str, str], name: str, limit: int) -> str:
    value = texts.get(name, "").strip()
    if len(value) > limit:
        raise BadRequest(f"{name} must have at most {limit} characters.")
    return value


def _language(texts: Mapping[str, str], name: str) -> str:
    value = texts.get(name, "").strip()
    if value and (len(value) > MAX_LANGUAGE or not LANGUAGE.fullmatch(value)):
        raise BadRequest(f"{name} must be a BCP 47 language tag, such as en, de or pt-BR.")
    return value or "en"
