"""A12 and A15: nothing that cannot be seen, and no words that need sight."""

from __future__ import annotations

from alttext_local.rules.lexicon import Phrases, phrases_for, section_pattern
from alttext_local.rules.repetition import fold
from alttext_local.rules.sentences import find_quotations
from alttext_local.rules.setting import Setting


def find_judgements(text: str, setting: Setting) -> str | None:
    """A12: words of race, religion, health, age, beauty; allowed where the context or the picture itself says them."""
    phrases = phrases_for("judgements", setting.primary_language)
    known = _known(phrases, setting, text)
    said = [
        f"{hit.phrase!r}" + (f" (say {hit.note!r})" if hit.note else "")
        for hit in phrases.find(text)
        if hit.phrase not in known
    ]
    guess = section_pattern("judgements", "patterns")
    if guess and (match := guess.search(text)) and " ".join(fold(match[0])) not in " ".join(fold(setting.context)):
        said.append(repr(match[0]))
    return f"A picture does not show this: {', '.join(dict.fromkeys(said))}." if said else None


def _known(phrases: Phrases, setting: Setting, text: str) -> set[str]:
    """Phrases that a person wrote around the picture, that are printed in it, or that the text only quotes."""
    quoted = " ".join(words for _, _, words in find_quotations(text))
    given = f"{setting.context} {setting.trusted} {setting.reading_text} {quoted}"
    return {hit.phrase for hit in phrases.find(given)}


def find_sight_words(text: str, setting: Setting) -> str | None:
    """A15: "see left", "the red one": words that say nothing to who does not see."""
    phrases = phrases_for("sight_words", setting.primary_language)
    known = _known(phrases, setting, text)
    hit = next((hit for hit in phrases.find(text) if hit.phrase not in known), None)
    if hit:
        return f"{hit.phrase!r} says nothing to a reader who does not see."
    pattern = section_pattern("sight_words", "patterns")
    match = pattern.search(text) if pattern else None
    return f"{match[0].strip()!r} names a thing by its colour or place alone." if match else None
