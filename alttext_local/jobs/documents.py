"""What is said about a job: the document that the status route answers and that callbacks carry.

Keys, types and order are those that clients were written against; what is ours comes after them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from alttext_local.jobs.job import ImageResult, Job

Document = dict[str, Any]

SUCCESS = "Successfully generated image info"
FAILURE = "Failed to generate image info"
DONE = "Success: Image information for zip file generated successfully."
NONE_DONE = "Finished: No image of the zip file could be described."
CANCELLED = "Cancelled: The job was cancelled. What was done before is listed."
FAILED = "Failure: The zip file could not be processed."
KEYWORD_MARK = ", "


def status_document(job: Job, results: Sequence[ImageResult], input_url: str, output_url: str) -> Document:
    """The status of a job. `results` is in the order of the job and counts only once the job has ended.

    A URL is `""` where there is no file (not yet, or not any more).
    """
    return {
        "job_id": job.id,
        "status": job.state,
        "file_name": clean(job.file_name),
        "s3_url": input_url,
        "created_at": moment(job.created),
        "updated_at": moment(job.updated),
        "result": _result(job, results, output_url) if job.ended else None,
        "progress": asdict(job.progress),
        "delivery": dict(job.told),
    }


def result_head(job: Job, successes: int, failures: int, output_url: str) -> Document:
    """The result of a job that has ended, or whose images all have, but for its images."""
    return {
        "status_code": 500 if job.state == "Failed" else 200,
        "message": _message(job, successes, failures),
        "total_images": job.progress.total,
        "success_count": successes,
        "failure_count": failures,
        "cdn_url": output_url,
    }


def image_entry(result: ImageResult) -> Document:
    """What became of one image."""
    where = {"name": clean(result.name), "file_ref": clean(result.file_ref)}
    if result.answer is None:
        told = {"alt_text": "", "classification": "", "keywords": []}
        error = {"code": result.code or "internal", "message": clean(result.message)}
        return {"status": "failure", "message": FAILURE, **where, **told, "error": error}
    return {"status": "success", "message": SUCCESS, **where, **_texts(result.answer)}


def moment(time: datetime) -> str:
    """A time as clients know it: UTC without saying so, ISO 8601, always six digits of the second."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def clean(text: str) -> str:
    """A text that UTF-8 can carry: JSON may name half of a surrogate pair, and then no answer could be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _result(job: Job, results: Sequence[ImageResult], output_url: str) -> Document:
    successes = sum(result.succeeded for result in results)
    head = result_head(job, successes, len(results) - successes, output_url)
    return {**head, "images": [image_entry(result) for result in results]}


def _texts(answer: Mapping[str, Any]) -> Document:
    """Of a v2 answer, with the types of v3: one string of classification, one of keywords."""
    kinds, keywords = answer["classification"], answer["keywords"]
    return {
        "alt_text": answer["alt_text"],
        "classification": kinds[0] if kinds else "",
        "keywords": [KEYWORD_MARK.join(keywords)] if keywords else [],
        "long_alt_text": answer["description"],
        "keyword_list": list(keywords),
        "ocr_text": answer["ocr_text"],
        "provenance": dict(answer["provenance"]),
    }


def _message(job: Job, successes: int, failures: int) -> str:
    if job.state == "Failed":
        return f"{FAILED} {clean(job.failure)}".strip()
    if job.state == "Cancelled":
        return CANCELLED
    return NONE_DONE if failures and not successes else DONE
