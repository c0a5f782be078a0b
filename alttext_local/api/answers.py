"""The answers as they go over the wire. A field that clients know never changes its name or its type."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field

from alttext_local.answer import ProvenanceBlock
from alttext_local.catalogue import Card


class ErrorBody(BaseModel):
    """The body of every error."""

    status_code: int
    message: str
    detail: str = Field(description="The same as `message`.")


class ModelBlock(BaseModel):
    """A name that `selected_model` may have, and what stands behind it."""

    name: str
    model: str | None = Field(description="The model that answers; null where none is installed.")
    installed: bool
    loaded: bool
    licence: str | None
    revision: str | None

    @classmethod
    def of(cls, name: str, card: Card | None, loaded: bool) -> Self:
        """Translate."""
        if card is None:
            return cls(name=name, model=None, installed=False, loaded=False, licence=None, revision=None)
        return cls(
            name=name, model=card.name, installed=True, loaded=loaded, licence=card.licence, revision=card.revision
        )


class ModelsAnswer(BaseModel):
    """The models that can be asked."""

    status_code: int = 200
    message: str = "Success: Models listed successfully."
    models: list[ModelBlock]


class HealthAnswer(BaseModel):
    """That all is well."""

    status_code: int = 200
    message: str


def truth_headers(requested: str, card: Card) -> dict[str, str]:
    """The names behind an answer, before there is one."""
    return _as_headers({"Requested-Model": requested, "Model": card.name, "Revision": card.revision})


def provenance_headers(block: ProvenanceBlock) -> dict[str, str]:
    """The names behind an answer."""
    names = {"Requested-Model": block.requested_model, "Model": block.model, "Revision": block.revision}
    return _as_headers({**names, "Cached": "true" if block.cached else "false"})


def _as_headers(values: dict[str, str]) -> dict[str, str]:
    printable = {name: "".join(c if " " <= c <= "~" else "?" for c in value) for name, value in values.items()}
    return {f"X-AltText-{name}": value for name, value in printable.items()}
