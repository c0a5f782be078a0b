"""What became of one image of a batch run: the row that every door gives and every output holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any, Self

from alttext_local.answer import FindingBlock, ImageAnswer, ProvenanceBlock
from alttext_local.errors import AltTextError
from alttext_local.types import Request

ANSWER_FIELDS = (
    "alt_text",
    "classification",
    "keywords",
    "description",
    "ocr_text",
    "kind",
    "findings",
    "provenance",
)
"""Of an answer, in the order in which a row has them; the others follow from the row."""


@dataclass(frozen=True)
class Row:
    """One image: an answer, or a code and a sentence that say why there is none."""

    path: str
    """As the source names it: relative to the folder or the archive, or as the list has it."""
    sha256: str = ""
    """Of the file's bytes, hex; empty where they could not be read."""
    request: Request | None = None
    """What was asked; None where that could not be understood."""
    answer: ImageAnswer | None = None
    code: str = ""
    """Of `errors`; empty where there is an answer."""
    error: str = ""
    """A sentence."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """What the manifest said besides: handed through, JSON values."""

    @property
    def described(self) -> bool:
        """Whether there is an answer."""
        return self.answer is not None

    @property
    def provenance(self) -> ProvenanceBlock | None:
        """The truth behind the answer."""
        return self.answer.provenance if self.answer else None

    @property
    def findings(self) -> list[FindingBlock]:
        """The rules that the text broke, mended or not."""
        return self.answer.findings if self.answer else []

    def to_dict(self) -> dict[str, Any]:
        """Flat, of JSON values; the same keys in every row."""
        said = self.answer.model_dump() if self.answer else {}
        return {
            "path": self.path,
            "sha256": self.sha256,
            "status": "described" if self.answer else "failed",
            "code": self.code,
            "error": self.error,
            **{name: said.get(name) for name in ANSWER_FIELDS},
            "request": asdict(self.request) if self.request else None,
            "columns": dict(self.columns),
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """The way back. `KeyError`, `TypeError` or `ValueError` for what is no row."""
        answer = None
        if said["status"] == "described":
            answer = answer_of({name: said[name] for name in ANSWER_FIELDS}, said["path"])
        request = Request(**said["request"]) if said.get("request") else None
        columns = dict(said.get("columns") or {})
        return cls(said["path"], said["sha256"], request, answer, said["code"], said["error"], columns)


def failed(path: str, why: AltTextError, **known: Any) -> Row:
    """The row of an image that has no text."""
    return Row(path, code=why.code, error=str(why), **known)


def answer_of(said: Mapping[str, Any], path: str, requested_model: str = "") -> ImageAnswer:
    """An answer as it is kept, for a file of this name that was asked for under this name of a model."""
    provenance = dict(said["provenance"])
    if requested_model:
        provenance["requested_model"] = requested_model
    return ImageAnswer.model_validate({**said, "provenance": provenance, "file_name": PurePosixPath(path).name})


def kept_of(answer: ImageAnswer) -> dict[str, Any]:
    """Of an answer what depends on the image's content and the request alone."""
    return answer.model_dump(include=set(ANSWER_FIELDS))
