"""What the OpenAPI document says that FastAPI cannot know: the form's fields, and the errors of our table."""

from __future__ import annotations

from typing import Any

from alttext_local.api.answers import ErrorBody
from alttext_local.api.house import House
from alttext_local.errors import AltTextError
from alttext_local.fields import DEFAULT_LENGTH, LONGEST, SHORTEST

TITLE = "Alt-Text API"
SECURITY = {"bearer": {"type": "http", "scheme": "bearer", "description": "A token of `alttext-local token create`."}}


def problems_of(*kinds: type[AltTextError]) -> dict[int | str, dict[str, Any]]:
    """The errors that a route may answer, as FastAPI wants them."""
    described: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        headers = {}
        if kind.retry_after is not None:
            headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        described[kind.http_status] = {"model": ErrorBody, "description": kind.sentence, "headers": headers}
    return described


def image_form(house: House) -> dict[str, Any]:
    """The request of one image, with the limits and the models of this house."""
    schema = {"type": "object", "required": ["file", "selected_model"], "properties": _image_fields(house)}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
        "security": [{"bearer": []}],
    }


def bulk_form(house: House) -> dict[str, Any]:
    """The request of a bulk job."""
    largest = house.settings.max_zip
    file = {"type": "string", "format": "binary", "description": f"Images and one JSON, at most {largest} bytes."}
    schema = {"type": "object", "required": ["file"], "properties": {"file": file}}
    told = {
        "user_email": "Email address for receiving results",
        "callback_url": "URL for receiving completion notification",
    }
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": said, "schema": {"type": "string"}}
            for name, said in told.items()
        ],
    }


def _image_fields(house: House) -> dict[str, dict[str, Any]]:
    settings = house.settings
    return {
        "file": {
            "type": "string",
            "format": "binary",
            "description": f"The image: PNG, JPEG, BMP or GIF, at most {settings.max_upload} bytes.",
        },
        "selected_model": {"type": "string", "enum": list(house.catalogue.names()), "description": "Who describes."},
        "alt_text_length": {
            "type": "integer",
            "minimum": SHORTEST,
            "maximum": LONGEST,
            "default": DEFAULT_LENGTH,
            "description": "The most characters that the alt text may have.",
        },
        "alt_prompt": _text("What the text should pay heed to.", settings.max_prompt),
        "generate_description": _boolean("Whether to write a detailed description too."),
        "generate_ocr": _boolean("Whether to return the text in the image."),
        "context": _text("Where the image stands: heading, caption, paragraph.", settings.max_context),
        "regenerate": _boolean("Whether to make the text anew where a result is kept."),
        "language": {
            "type": "string",
            "default": "en",
            "description": "The language to write in, a BCP 47 tag.",
        },
    }


def _text(description: str, longest: int) -> dict[str, Any]:
    return {"type": "string", "default": "", "maxLength": longest, "description": description}


def _boolean(description: str) -> dict[str, Any]:
    return {"type": "boolean", "default": False, "description": f"{description} true, false, 1, 0, yes or no."}
