"""The answer about one image as a document: the v2 route, the CLI and bulk jobs all say it in these words.

A field that clients know never changes its name or its type.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from alttext_local.types import Description


class ProvenanceBlock(BaseModel):
    """The truth behind the answer."""

    requested_model: str
    model: str = Field(description="The model that really answered.")
    revision: str
    engine_version: str
    prompt_version: str
    cached: bool
    seconds: float
    dtype: str = Field("", description="What the model was held in, such as bfloat16 or int8.")
    tiles: int = Field(0, description="Views of the picture at most, where the model cuts it in tiles; 0: no limit.")
    beams: int = Field(1, description="Texts written side by side, of which the likeliest was taken; 1: greedy.")


class KindBlock(BaseModel):
    """What kind of picture it was taken for."""

    name: str
    family: str
    confidence: float = Field(description="0 to 1, calibrated.")
    sure: bool = Field(description="Whether the confidence is enough to say so in the text.")


class FindingBlock(BaseModel):
    """A rule of good alt text that the text broke."""

    rule: str
    message: str
    mended: bool


class ImageAnswer(BaseModel):
    """What is said about one image."""

    status_code: int = 200
    message: str = "Success: Image info generated successfully."
    file_name: str
    alt_text: str
    classification: list[str] = Field(description="Most likely first.")
    keywords: list[str]
    description: str = Field(description="Empty where it was not asked for.")
    ocr_text: str = Field(description="Empty where it was not asked for.")
    provenance: ProvenanceBlock
    kind: KindBlock
    findings: list[FindingBlock]

    @classmethod
    def of(cls, description: Description, file_name: str) -> Self:
        """Translate."""
        verdict = description.verdict
        return cls(
            file_name=file_name,
            alt_text=description.alt_text,
            classification=list(description.classification),
            keywords=list(description.keywords),
            description=description.description,
            ocr_text=description.ocr_text,
            provenance=ProvenanceBlock(**vars(description.provenance)),
            kind=KindBlock(
                name=verdict.kind,
                family=verdict.family,
                confidence=round(verdict.kind_confidence, 4),
                sure=verdict.say_kind,
            ),
            findings=[FindingBlock(**vars(finding)) for finding in description.findings],
        )
