"""The shapes of what is answered about bulk jobs, for the OpenAPI document; `jobs.documents` fills them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from alttext_local.answer import ProvenanceBlock
from alttext_local.jobs.job import State


class QueuedAnswer(BaseModel):
    """A job that was taken in, and is on the disk."""

    job_id: str
    s3_url: str = Field(description="Where the uploaded ZIP can be fetched, for a while.")
    status: Literal["Queued"]
    message: str


class ErrorBlock(BaseModel):
    """Why an image has no text."""

    code: str
    message: str


class ImageBlock(BaseModel):
    """What became of one image."""

    status: Literal["success", "failure"]
    message: str
    name: str
    file_ref: str = Field(description="The path as the configuration gives it, else the path in the ZIP.")
    alt_text: str
    classification: str
    keywords: list[str] = Field(description="One string with all of them, comma-separated.")
    long_alt_text: str | None = Field(None, description="Of a success only, as all that follow but the error.")
    keyword_list: list[str] | None = None
    ocr_text: str | None = None
    provenance: ProvenanceBlock | None = None
    error: ErrorBlock | None = Field(None, description="Of a failure only.")


class ResultBlock(BaseModel):
    """What became of all images."""

    status_code: int
    message: str
    total_images: int
    success_count: int
    failure_count: int
    cdn_url: str = Field(description="Where the ZIP of the results can be fetched, for a while.")
    images: list[ImageBlock]


class ProgressBlock(BaseModel):
    """How far it is."""

    total: int
    done: int
    failed: int


class StatusAnswer(BaseModel):
    """A job as it stands."""

    job_id: str
    status: State
    file_name: str
    s3_url: str = Field(description="Empty when the uploaded ZIP has been erased.")
    created_at: str = Field(description="UTC, ISO 8601 with six digits of the second.")
    updated_at: str
    result: ResultBlock | None = Field(description="Null until the end.")
    progress: ProgressBlock
    delivery: dict[str, str] = Field(description="What became of the callback and the mail.")
