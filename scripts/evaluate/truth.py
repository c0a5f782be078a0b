"""Whether what a text says is true of its picture: each sentence against the facts that the picture was drawn from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any, Literal

from alttext_local.rules.numbers import collect_values
from alttext_local.types import FAMILIES, FAMILY_OF
from scripts.evaluate.grammar import (
    Claim,
    claims_of,
    counts_by_layout,
    form_words,
    implied_by,
    kind_named,
    mainly_in,
    masked,
    measure_of,
    measures_in,
    mostly_of,
    opposite_of,
    plain_sentences,
    quotations,
    singular,
    spelled_colours,
    trend_named,
    without_read,
)
from scripts.evaluate.product import Said

TOPICS = ("kind", "form", "count", "largest", "smallest", "trend", "colours", "share", "other")
"""`other` are sentences that the drawings know and the grammar does not read: true or false as a whole."""
Outcome = Literal["right", "wrong", "not understood", "not known"]
"""Not understood: the grammar does not read it. Not known: the picture's facts are silent about it."""
NEAR_WORDS = 0.8
"""Share of the words that must be found."""
ALIKE = 0.75
"""From this likeness on two words are one that OCR misread."""
SHARE_OFF = 2.0
"""Points of 100 by which a share may be off."""
UNWRITTEN = ("lengths", "courses", "ends", "heights", "per_length")
"""Facts that no text may give as numbers: they are of no unit that the picture shows."""
MEASURED = ("lengths", "heights")
"""Of these, those that can be read off an axis: times `per_length`, the number that stands there."""
RUN = 0.1
"""Share of the height of all lines by which one must rise or fall from end to end, or from an end to where it turns."""
OF_READING = re.compile(r"Of its \d+ cells, \d+ could not be read")
"""Speaks of the reading, not of the picture: its numbers are no facts."""
MEASURED_OFF = 0.03
"""Share of the largest of them by which a number that was measured off an axis may be off."""
WHOLE = {
    "bar chart": "bar",
    "line chart": "line",
    "scatter plot": "point",
    "other chart": "area",
}
"""What of a chart its fact `trend` is about."""


@dataclass(frozen=True)
class Statement:
    """One thing that a text states, and how it fared."""

    topic: str
    text: str
    outcome: Outcome
    claim: Claim | None = None


class Known:
    """What is true of a picture: its kind, its true sentences and its facts.

    With `partial` facts, as a person labels them, what they are silent about is not known; without, it is false, but
    for extremes where the facts have none at all and no numbers either.
    """

    def __init__(self, kind: str, sentences: Sequence[str], facts: Mapping[str, Any], *, partial: bool = False) -> None:
        self.kind = kind
        self.partial = partial
        self.facts = facts
        self.sentences = [one for sentence in sentences for one in plain_sentences(sentence)]
        self.measures = tuple(word for sentence in sentences if (word := measure_of(sentence.rstrip("."))))
        self._plain = {one.lower() for one in self.sentences}

    def says(self, sentence: str) -> bool:
        """Whether this is one of the true sentences, word for word, or follows from one."""
        return sentence.lower() in self._plain or bool(implied_by(sentence) & self._plain)

    @cached_property
    def claims(self) -> frozenset[Claim]:
        """All that the true sentences and the facts claim."""
        return frozenset(c for sentence in self.sentences for c in claims_of(sentence)) | self._of_facts()

    @property
    def topics(self) -> frozenset[str]:
        """What there is to say of it."""
        return frozenset({"kind", *(claim.topic for claim in self.claims)})

    def holds(self, claim: Claim) -> bool:
        """Whether a claim is true."""
        if claim in self.claims:
            return True
        same = [one for one in self.claims if (one.topic, one.what) == (claim.topic, claim.what)]
        if claim.value.startswith(">"):
            return any(one.value.isdecimal() and int(one.value) > int(claim.value[1:]) for one in same)
        if claim.topic == "share" and claim.what.startswith("of the"):
            return any(abs(float(one.value) - float(claim.value)) <= SHARE_OFF for one in same)
        if claim.topic == "trend" and not same:
            return self._runs(claim)
        return claim.topic == "trend" and not claim.what.strip() and any(one.value == claim.value for one in same)

    def _runs(self, claim: Claim) -> bool:
        """Whether the line of a colour runs as a trend says, by its numbers: drawings tell only what is plain."""
        names = list(self.facts.get("colours", ()))
        courses = [[float(one) for one in course.split()] for course in self.facts.get("courses", ())]
        heights = [float(one) for one in self.facts.get("heights", ())]
        colour = claim.what.removesuffix("line").strip()
        at = 0 if len(names) == 1 and not colour else names.index(colour) if names.count(colour) == 1 else -1
        if at < 0 or len(courses) != len(names) or not heights:
            return False
        return _runs_so(courses[at], claim.value, RUN * (max(heights) - min(heights)))

    def _of_facts(self) -> frozenset[Claim]:
        facts = self.facts
        renamed = counts_by_layout().get(f"{self.kind}, {facts.get('layout', '')}", {})
        found = {
            Claim("count", singular(renamed.get(name, name.replace("_", " "))), str(value))
            for name, value in facts.items()
            if type(value) is int and name not in ("largest", "smallest") and (not renamed or name in renamed)
        }
        found |= {Claim(name, "place", str(facts[name])) for name in ("largest", "smallest") if name in facts}
        if facts.get("trend"):
            found.add(Claim("trend", WHOLE.get(self.kind, ""), trend_named(str(facts["trend"]))))
        return frozenset(found | self._forms() | self._colours() | self._shares() | self._extremes())

    @cached_property
    def silent(self) -> frozenset[str]:
        """Extremes and trends of which neither sentences nor numbers say anything: drawings tell what is plain."""
        by_numbers = {"trend"} if self.facts.get("courses") else set()
        return frozenset({"largest", "smallest", "trend"}) - {claim.topic for claim in self.claims} - by_numbers

    @cached_property
    def tells_ground(self) -> bool:
        """Whether the colour of the ground is among what is said of it."""
        return any(claim.what == "background" for claim in self.claims)

    def _extremes(self) -> set[Claim]:
        """The largest and the smallest by the numbers themselves, however little they are apart."""
        names = self.facts.get("colours", ())
        ways: list[tuple[str, Sequence[Any], Sequence[str]]] = [
            ("place", self.facts.get("lengths", ()), [str(n + 1) for n in range(99)]),
            ("line at the right", self.facts.get("ends", ()), names),
            ("colour", self.facts.get("percentages", ()), names),
        ]
        return {
            Claim(topic, what, str(called[at]))
            for what, given, called in ways
            if (numbers := [float(one) for one in given]) and len(called) >= len(numbers)
            for topic, end in (("largest", max(numbers)), ("smallest", min(numbers)))
            for at, number in enumerate(numbers)
            if number == end
        }

    def _forms(self) -> set[Claim]:
        words = set(form_words(" ".join((*self.sentences[:1], str(self.facts.get("layout", ""))))))
        if "horizontal" in self.facts:
            words.add("horizontal" if self.facts["horizontal"] else "vertical")
        words |= {"donut"} if self.facts.get("donut") else set()
        return {Claim("form", word, "yes") for word in words}

    def _colours(self) -> set[Claim]:
        names = self.facts.get("colours")
        if not isinstance(names, (list, tuple)) or not names:
            return set()
        things = {"bar chart": "bar", "line chart": "line", "pie chart": "slice", "scatter plot": "point"}
        thing, spelled = things.get(self.kind, "mark"), spelled_colours(names)
        number = str(len(set(names)))
        return {
            Claim("colours", thing, spelled),
            Claim("colours", "colour", spelled),
            Claim("colours", f"number of {thing}", number),
        }

    def _shares(self) -> set[Claim]:
        shares = [float(one) for one in self.facts.get("percentages", ())]
        if not shares:
            return set()
        return {
            Claim("share", "of the largest", str(max(shares))),
            Claim("share", "of the smallest", str(min(shares))),
            Claim("share", "more than half", "yes" if max(shares) > 50 else "no"),
        }


def _runs_so(course: Sequence[float], trend: str, least: float) -> bool:
    """Whether a course ends, or turns, by at least so much as a trend says."""
    start, stop, top, bottom = course[0], course[-1], max(course), min(course)
    return {
        "rise": stop - start > least,
        "fall": start - stop > least,
        "rise and then fall": top - max(start, stop) > least,
        "fall and then rise": min(start, stop) - bottom > least,
        "no clear trend": abs(stop - start) < (top - bottom) / 2,
    }.get(trend, False)


def stated(text: str, known: Known, vocabulary: frozenset[str]) -> list[Statement]:
    """Everything checkable that a text states, each sentence once.

    `vocabulary` holds what drawings say in general (`masked`): a sentence of these that is not true here is false. One
    that is neither of these nor read by the grammar is not understood, and says so.
    """
    found: list[Statement] = []
    for sentence in dict.fromkeys(plain_sentences(text)):
        found += _of_sentence(sentence, known, vocabulary)
    return found


def _of_sentence(sentence: str, known: Known, vocabulary: frozenset[str]) -> list[Statement]:
    named = kind_named(sentence)
    found = [Statement("kind", sentence, _right(_is_kind(named, known.kind)))] if named else []
    claims = claims_of(sentence)
    exact = known.says(sentence)
    found += [Statement(c.topic, sentence, "right" if exact else _outcome(c, known), c) for c in claims]
    if found or named == "":
        return found
    opposite = opposite_of(sentence)
    if opposite and not exact and not known.says(opposite):
        return [Statement("other", sentence, "not known")]
    if exact or masked(sentence) in vocabulary:
        return [Statement("other", sentence, "not known" if known.partial else _right(exact))]
    return [Statement("other", sentence, "not understood")]


def _outcome(claim: Claim, known: Known) -> Outcome:
    if known.partial and not any((one.topic, one.what) == (claim.topic, claim.what) for one in known.claims):
        return "not known"
    right = known.holds(claim)
    silent = claim.topic in known.silent or (claim.what == "background" and not known.tells_ground)
    return "not known" if not right and silent else _right(right)


def _right(true: bool) -> Outcome:
    return "right" if true else "wrong"


def _is_kind(named: str, kind: str) -> bool:
    return named in (kind, FAMILY_OF.get(kind)) if named in FAMILIES else named == kind  # type: ignore[call-overload]


def vocabulary_of(knowns: Sequence[Known]) -> frozenset[str]:
    """What the drawings say in general."""
    return frozenset(masked(sentence) for known in knowns for sentence in known.sentences)


def prose(said: Said) -> str:
    """What is said in sentences: the alternative text and the description, without its tables and the text read."""
    return f"{said.alt_text} {said.description.split(chr(10))[0]}"


def own_prose(said: Said) -> str:
    """The same without the lines that OCR read."""
    return without_read(prose(said), said.ocr_text)


def told(known: Known, text: str, vocabulary: frozenset[str]) -> list[bool]:
    """Of each true sentence: whether the text says it, in these words or in others that come to the same."""
    statements = stated(text, known, vocabulary)
    sentences = {one.text.lower() for one in statements}
    right = {one.claim for one in statements if one.outcome == "right" and one.claim}
    right |= {_number_of(claim) for claim in right if claim.topic == "colours"}
    kinds = any(one.topic == "kind" and one.outcome == "right" for one in statements)
    mainly, measures = mainly_in(text), measures_in(text)
    found = []
    for number, sentence in enumerate(known.sentences):
        claims = claims_of(sentence)
        by_claims = bool(claims) and set(claims) <= right
        mostly = mostly_of(sentence)
        other_words = by_claims or bool(mostly and mostly <= mainly)
        found.append(sentence.lower() in sentences or other_words or (number == 0 and kinds and not claims))
    return [*found, *(word in measures for word in known.measures)]


def _number_of(claim: Claim) -> Claim:
    """Whoever names all colours of the bars has said how many there are."""
    return Claim("colours", f"number of {claim.what}", str(len(claim.value.split(", "))))


def loose_numbers(text: str, ocr_text: str, known: Known) -> list[str]:
    """Numbers of a text that stand neither in what OCR read nor in the facts and true sentences.

    A number measured on the picture is held against the facts within a tolerance: a share, a value on an axis.
    """
    grounds = " . ".join((ocr_text, *known.sentences, *_written(known.facts)))
    allowed = collect_values(grounds, "en") | collect_values(re.sub(r"[^\w.,\s-]", " ", ocr_text), "en")
    loose = collect_values(OF_READING.sub("", text), "en") - allowed
    return sorted(str(value) for value in loose if not _measured(float(value), known.facts))


def _measured(value: float, facts: Mapping[str, Any]) -> bool:
    """Whether a number can be measured on the picture: a share of a slice, a value on an axis, all cells of a table."""
    if any(abs(value - float(share)) <= SHARE_OFF for share in facts.get("percentages", ())):
        return True
    if value == facts.get("rows", 0) * facts.get("columns", 0):
        return True
    shown = [float(one) * float(facts.get("per_length", 0)) for name in MEASURED for one in facts.get(name, ())]
    off = MEASURED_OFF * max((abs(one) for one in shown), default=0.0)
    return any(abs(value - one) <= off for one in shown)


def _written(facts: Mapping[str, Any]) -> list[str]:
    shown = [fact for name, fact in facts.items() if name not in UNWRITTEN]
    values = [one for fact in shown for one in (fact if isinstance(fact, (list, tuple)) else (fact,))]
    return [str(value) for value in values]


def quoted_right(text: str, known: Known) -> list[bool]:
    """Of each quotation, where the words on the picture are known: whether it is of them, but for misreadings."""
    carried = " ".join(str(known.facts.get(name, "")) for name in ("title", "across", "up"))
    carried += " " + " ".join(known.facts.get("names", ()))
    if not known.facts.get("title"):
        return []
    return [words_found(quoted, carried) >= NEAR_WORDS for quoted in quotations(text) if words_of(quoted)]


def words_of(text: str) -> list[str]:
    """Words of two letters or figures and more, in lower case."""
    return [word for word in re.findall(r"\w+", text.lower()) if len(word) > 1]


def words_found(text: str, among: str) -> float:
    """The share of a text's words that stand in another, fuzzily; 0 of none."""
    words, others = words_of(text), set(words_of(among))
    found = [word in others or any(_alike(word, other) for other in others) for word in words]
    return sum(found) / len(found) if found else 0.0


def _alike(one: str, other: str) -> bool:
    return abs(len(one) - len(other)) <= 2 and SequenceMatcher(None, one, other).ratio() >= ALIKE
