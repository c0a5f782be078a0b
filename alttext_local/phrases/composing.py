"""A text put together from what is sure: the verdict, the OCR, the measured facts, and the model's own sure sentences.

It is how the small models speak, which know kinds and counts but no free prose, and the way down for a
large one that says nothing usable. Every part is true by itself; a part that is not sure is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp

from alttext_local.phrases.told import NOTHING_TOLD, Told, Topic
from alttext_local.phrases.wording import worded, wording
from alttext_local.types import KINDS, Answer, Facts, Kind, Verdict

_phrase = partial(worded, "phrases")

READS_AS_TEXT: frozenset[Kind] = frozenset({"text", "handwriting"})
"""Kinds whose words, where they were read well, are the alternative text."""
MEASURED_ONLY: frozenset[Kind] = frozenset({"photograph", "illustration", "blank", "decorative"})
"""Kinds of which only what was measured is said: the small models cannot know what is in them."""
STRIP = 6
"""From this ratio of the sides on, a picture's format is a strip."""


@dataclass(frozen=True)
class Known:
    """What is sure about a picture."""

    verdict: Verdict
    facts: Facts
    title: str = ""
    """A line that OCR read with confidence: the largest one."""
    page: str = ""
    """All that OCR read with confidence, where the picture is mostly text."""
    sentences: tuple[str, ...] = ()
    """The model's own sentences that stood over the gate, in its order."""
    told: Told = NOTHING_TOLD
    """What was read off the picture with no model; it goes before the model's own sentences."""


def sure_sentences(answer: Answer, gate: Callable[[Topic | None], float]) -> tuple[str, ...]:
    """The sentences of a written answer whose least likely token has at least the probability that their topic asks."""
    sentences = ((text, least) for text, least in _pieces(answer, ".!?") if text)
    return tuple(text for text, least in sentences if least >= gate(topic_of(text)))


def sure_keywords(answer: Answer, gate: float) -> tuple[str, ...]:
    """The same for a list with commas."""
    return tuple(text.strip(" ,.") for text, least in _pieces(answer, ",") if text.strip(" ,.") and least >= gate)


def compose(known: Known, length: int = 125) -> str:
    """Some short sentences, the most telling first, never empty.

    Text in an image of text is the text itself; where it has more than `length` characters, its beginning,
    and said to be so.
    """
    if _is_its_words(known):
        return _words_of_text(known, length)
    own = list(_agreeing(known))
    head = _head(known, own)
    more = tuple(dict.fromkeys((*known.told.findings, *own)))
    if known.told.form and len(_whole(head, known, more[:1])) > length:
        plain = _phrase("kind", known.verdict.kind)
        if len(_whole(plain, known, more[:1])) <= length:
            head = plain  # the main finding matters more than the form, which `overview` tells
    return _whole(head, known, more)


def _whole(head: str, known: Known, more: Sequence[str]) -> str:
    title = known.told.title or known.title
    quoted = _phrase("read", "carries", text=title) if title else ""
    opening = f"{head} {quoted}" if quoted else head
    if not more and not quoted:
        opening = _joined(head, measured_words(known.facts))
    return " ".join(_sentence(part) for part in (opening, *more))


def overview(known: Known, alt_text: str, lost: str, description: Sequence[str], ocr_text: str) -> str:
    """The long description: the alternative text, what it had no room for, what else is sure, tables, the text read."""
    told = known.told
    form = (told.form,) if told.form else ()
    findings = () if _is_its_words(known) else (*form, *told.findings)  # they would quote its beginning once more
    own = (s for s in description if _may_say(s, known))
    said = [alt_text.strip(), lost.strip()]
    for sentence in (*findings, *told.details, *own, *_measured_sentence(known)):
        if _plain(sentence) not in _plain(" ".join(said)):
            said.append(_sentence(sentence))
    text = "\n".join((" ".join(part for part in said if part), *told.rows))
    if ocr_text and _plain(ocr_text) not in _plain(text):
        text = f"{text}\n{_phrase('read', 'all', text=ocr_text)}"
    return text.strip()


def measured_words(facts: Facts) -> tuple[str, ...]:
    """What the pixels say: colours, light, format."""
    names = [name for name, _ in facts.colours]
    words = []
    if facts.saturation < 0.02 and facts.contrast > 0.05:
        words.append(_phrase("measured", "grey"))
    elif len(names) > 1:
        on_ground = facts.background_share > 0.5
        order = (names[1], names[0]) if on_ground else (names[0], names[1])
        words.append(_phrase("measured", "colour_on_background" if on_ground else "two_colours", *order))
    elif names:
        words.append(_phrase("measured", "one_colour", names[0]))
    if facts.brightness > 0.75 and facts.background_share < 0.5:
        words.append(_phrase("measured", "bright"))
    elif facts.brightness < 0.25:
        words.append(_phrase("measured", "dark"))
    return (*words, _phrase("measured", format_word(facts)))


def measured_keywords(known: Known) -> tuple[str, ...]:
    """Keywords that hold for every picture: the kind or the family where sure, then colours and format."""
    colours = (name for name, _ in known.facts.colours[:4])
    return (*named(known.verdict), *colours, _phrase("measured", format_word(known.facts)))


def named(verdict: Verdict) -> tuple[str, ...]:
    """The kind where it is sure, else the family, else nothing."""
    return (verdict.kind,) if verdict.say_kind else (verdict.family,) if verdict.say_family else ()


def format_word(facts: Facts) -> str:
    """Which of the formats a picture has, as a key of the phrases."""
    ratio = facts.width / facts.height
    if ratio >= STRIP or ratio <= 1 / STRIP:
        return "strip"
    return "landscape" if ratio > 1.1 else "portrait" if ratio < 0.9 else "square"


def states_kind(sentence: str) -> Kind | None:
    """The kind that a sentence states by its first words, None where it states none."""
    opens: Mapping[str, Sequence[str]] = wording("phrases")["opens"]
    matches = [(len(o), kind) for kind in KINDS for o in opens[kind] if sentence.lower().startswith(o.lower())]
    return max(matches)[1] if matches else None


def _is_its_words(known: Known) -> bool:
    """Whether the alternative text of a picture is the text in it."""
    return known.verdict.say_kind and known.verdict.kind in READS_AS_TEXT and bool(known.page)


def topic_of(sentence: str) -> Topic | None:
    """What a model's sentence is about, by the words in it, None where it is about something else."""
    if states_kind(sentence):
        return "form"
    topics: Mapping[Topic, Sequence[str]] = wording("phrases")["topics"]
    return next((topic for topic, words in topics.items() if any(word in sentence for word in words)), None)


def _words_of_text(known: Known, length: int) -> str:
    page = " ".join(known.page.split())
    if len(page) < length:
        return _sentence(page)
    opening = f"{_phrase('kind', known.verdict.kind)} {_phrase('read', 'begins', text='')}"
    beginning = page[: max(length - len(opening) - 2, 1)].rsplit(" ", 1)[0]
    return f"{_phrase('kind', known.verdict.kind)} {_phrase('read', 'begins', text=beginning + '…')}."


def _agreeing(known: Known) -> Iterable[str]:
    """The model's sentences that may be said under this verdict."""
    if known.verdict.kind in MEASURED_ONLY:
        return ()
    return tuple(s for s in known.sentences if _may_say(s, known))


def _may_say(sentence: str, known: Known) -> bool:
    """Without a sure kind, what the model says of its parts (bars, slices) would state one after all."""
    verdict = known.verdict
    sure = verdict.say_kind and verdict.kind not in MEASURED_ONLY and states_kind(sentence) in (None, verdict.kind)
    return sure and topic_of(sentence) not in known.told.topics


def _head(known: Known, own: list[str]) -> str:
    """How the text opens; the model's own opening is taken out of `own` where it agrees with the verdict."""
    verdict = known.verdict
    if known.told.form:
        return known.told.form
    if own and states_kind(own[0]) == verdict.kind:
        return own.pop(0).rstrip(" .")
    if verdict.say_kind:
        return _phrase("kind", verdict.kind)
    return _phrase("family", verdict.family) if verdict.say_family else _phrase("unsure", "head")


def _measured_sentence(known: Known) -> tuple[str, ...]:
    words = measured_words(known.facts)
    return (_joined(words[0][0].upper() + words[0][1:], words[1:]),)


def _joined(head: str, words: Sequence[str]) -> str:
    return ", ".join((head, *words))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def _pieces(answer: Answer, ends: str) -> list[tuple[str, float]]:
    """Cut a text behind each end mark that a blank or the text's end follows: (piece, least probability)."""
    pieces: list[tuple[str, float]] = []
    text, least = "", 1.0
    for token in answer.tokens:
        if text and text[-1] in ends and token.text[:1].isspace():
            pieces.append((text.strip(), least))
            text, least = "", 1.0
        text += token.text
        least = min(least, exp(token.logprob))
    if text.strip():
        pieces.append((text.strip(), least))
    return pieces
