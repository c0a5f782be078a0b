"""What a text is judged against: the wish for its length and language, and what is known of its picture."""

from __future__ import annotations

from dataclasses import dataclass

from alttext_local.types import Kind


@dataclass(frozen=True)
class Setting:
    """All that the rules may know besides the text itself."""

    max_length: int = 125
    """Unicode code points."""
    language: str = "en"
    """BCP 47; the rules look at the primary subtag."""
    reading_text: str = ""
    """What OCR read in the picture."""
    reading_words: tuple[str, ...] = ()
    """The words of that text that are large and legible."""
    context: str = ""
    """Heading, caption and paragraphs around the picture, one a line."""
    kind: Kind | None = None
    decorative: bool = False
    """A person's verdict: the text must then be exactly empty."""
    file_name: str = ""
    trusted: str = ""
    """Words and numbers that are measured or known and need no other ground."""

    @property
    def primary_language(self) -> str:
        """`de` of `de-AT`."""
        return self.language.replace("_", "-").split("-")[0].casefold()
