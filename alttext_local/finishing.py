"""From what was seen and read to what is said: the last step of one image's journey, a pure function.

Verdict, draft, grounding, mending, checking. A large model's prose is checked against the OCR and the
rules; a small model's sentences are composed, the unsure ones left out. Where nothing usable is left the
caller asks the model again (`usable` is False), and in the end the text is composed from measured facts,
so that no silent empty leaves the house.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from alttext_local.catalogue import Card
from alttext_local.kinds import Calibration, judge
from alttext_local.ocr.layout import coverage, large_words, largest_line, mean_confidence
from alttext_local.phrases.composing import (
    READS_AS_TEXT,
    Known,
    compose,
    measured_keywords,
    named,
    overview,
    sure_keywords,
    sure_sentences,
)
from alttext_local.pictures.judging import decorative_reason, unsayable_reason
from alttext_local.rules.checking import check
from alttext_local.rules.grounding import covers_text, ground
from alttext_local.rules.keywords import enough_keywords, tidy_keywords
from alttext_local.rules.mending import mend
from alttext_local.rules.setting import Setting
from alttext_local.structure.pages import read_page
from alttext_local.telling import tell
from alttext_local.types import Answer, Finding, Picture, Reading, Request, Task, Verdict

LONG = 8_000
"""Characters of a long description, at most."""
SURE_READING = 0.6
"""Mean OCR confidence from which words are said as the picture's own."""
ALSO_LIKELY = 0.15
"""Probability from which a second kind is worth naming in the classification."""
NOTHING = Answer()
"""Stands for an ask that the model left unanswered."""
UNTOLD = Finding("A01", "The model gave no description; it is made of the alternative text and the text that was read.")


@dataclass(frozen=True)
class Look:
    """All that one look at a picture gave."""

    picture: Picture
    reading: Reading
    answers: dict[Task, Answer]
    request: Request
    card: Card
    calibration: Calibration
    max_ocr_text: int = 50_000


@dataclass(frozen=True)
class Finished:
    """What is said. `usable` is False where the model's caption left nothing and measured facts stand in for it."""

    alt_text: str
    description: str
    keywords: tuple[str, ...]
    classification: tuple[str, ...]
    ocr_text: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    usable: bool


def finish(look: Look) -> Finished:
    """Turn one look into what is said of the picture."""
    known = know(look)
    setting = _setting(look, known)
    alt_text, lost, findings, usable = _alt_text(look, known, setting)
    ocr_text = look.reading.text[: look.max_ocr_text]
    description, more = _description(look, known, setting, alt_text, lost)
    said_elsewhere = look.request.generate_ocr or look.request.generate_description
    findings += (*more, *_judgements(look, alt_text, setting), *_text_left_out(known, alt_text, said_elsewhere))
    return Finished(
        alt_text=alt_text,
        description=description,
        keywords=_keywords(look, known, (alt_text, description)),
        classification=_classification(known.verdict),
        ocr_text=ocr_text if look.request.generate_ocr else "",
        verdict=known.verdict,
        findings=tuple(dict.fromkeys(findings)),
        usable=usable,
    )


def know(look: Look) -> Known:
    """What is sure: the calibrated verdict, the words that OCR is sure of, the sentences over their gate."""
    facts = look.picture.facts
    caption = look.answers["caption"]
    verdict = judge(look.answers["kind"].scores, facts, look.reading, look.calibration, caption.text)
    verdict, told = tell(verdict, look.picture.image, look.reading)
    read_well = mean_confidence(look.reading) >= SURE_READING
    sentences: tuple[str, ...] = ()
    if not look.card.prose:
        sentences = sure_sentences(caption, partial(look.calibration.gate_of_sentence, verdict.kind))
    return Known(
        verdict=verdict,
        facts=facts,
        title=(largest_line(look.reading) or "") if read_well else "",
        page=read_page(look.picture.image, look.reading).text if read_well and verdict.kind in READS_AS_TEXT else "",
        sentences=sentences,
        told=told,
    )


def _setting(look: Look, known: Known) -> Setting:
    return Setting(
        max_length=look.request.alt_text_length,
        language=look.request.language,
        reading_text=look.reading.text,
        reading_words=large_words(look.reading),
        context=look.request.context,
        kind=known.verdict.kind if known.verdict.say_kind else None,
        trusted=" ".join((*known.sentences, *_read_off(known))),
    )


def _read_off(known: Known) -> tuple[str, ...]:
    """All that was read off the picture: measured, so that it needs no other ground."""
    told = known.told
    return (told.form, told.title, *told.findings, *told.details, *told.rows)


def _alt_text(look: Look, known: Known, setting: Setting) -> tuple[str, str, tuple[Finding, ...], bool]:
    """The text, what was shortened away, what was found, and whether it is the model's own."""
    composed = compose(known, setting.max_length)
    is_text = known.verdict.say_kind and known.verdict.kind in READS_AS_TEXT and bool(known.page)
    draft = look.answers["caption"].text if look.card.prose and not is_text else composed
    text, lost, findings = _ruled(draft, setting)
    if text:
        return text, lost, findings, True
    text, lost, more = _ruled(composed, setting)
    return text or mend(compose(_measured(known)), setting).text, lost, findings + more, False


def _measured(known: Known) -> Known:
    """The last way down: nothing but the verdict and the pixels."""
    return replace(known, title="", page="", sentences=())


def _ruled(text: str, setting: Setting) -> tuple[str, str, tuple[Finding, ...]]:
    grounded = ground(text, setting)
    mended = mend(grounded.text, setting)
    return mended.text, mended.lost, (*grounded.findings, *mended.findings)


def _description(
    look: Look, known: Known, setting: Setting, alt_text: str, lost: str
) -> tuple[str, tuple[Finding, ...]]:
    if not look.request.generate_description:
        return "", ()
    answer = look.answers.get("description", NOTHING)
    read = look.reading.text if mean_confidence(look.reading) >= SURE_READING else ""
    if not look.card.prose:
        sentences = sure_sentences(answer, partial(look.calibration.gate_of_sentence, known.verdict.kind))
        trusted = replace(setting, trusted=f"{setting.trusted} {' '.join(sentences)}")
        kept = tuple(s for s in sentences if mend(s, trusted).text)
        return overview(known, alt_text, lost, kept, read)[:LONG], ()
    text, _, findings = _ruled(answer.text, replace(setting, max_length=LONG)) if answer.text else ("", "", (UNTOLD,))
    return overview(_measured(known), text or alt_text, lost, (), read)[:LONG], findings


def _keywords(look: Look, known: Known, texts: tuple[str, ...]) -> tuple[str, ...]:
    answer = look.answers.get("keywords", NOTHING)
    if look.card.prose:
        own = tidy_keywords([answer.text])
    else:
        sure = sure_keywords(answer, look.calibration.token_gate) if known.verdict.say_kind else ()
        own, texts = (*named(known.verdict), *sure), ()  # composed texts hold our own phrases
    read = ". ".join(look.reading.text.split("\n")) if mean_confidence(look.reading) >= SURE_READING else ""
    return enough_keywords(own, (*texts, read), measured_keywords(known), look.request.language)


def _classification(verdict: Verdict) -> tuple[str, ...]:
    others = (kind for kind, p in verdict.ranking if p >= ALSO_LIKELY and kind != verdict.kind)
    return (verdict.kind, *others)


def _judgements(look: Look, alt_text: str, setting: Setting) -> tuple[Finding, ...]:
    """What a person should look at: the rules that report, and what the pixels say against any text."""
    found = list(check(alt_text, setting))
    if reason := decorative_reason(look.picture.facts):
        found.append(Finding("B05", f"May be decorative: {reason}"))
    if reason := unsayable_reason(look.picture.facts):
        found.append(Finding("B06", reason))
    if look.reading.failed:
        found.append(Finding("B02", f"The text in the picture could not be read: {look.reading.failed}"))
    if look.request.language.split("-")[0].lower() not in {tag.split("-")[0] for tag in look.card.languages}:
        written = ", ".join(look.card.languages)
        found.append(Finding("A13", f"{look.card.name} writes {written} only."))
    if coverage(look.reading) > 0 and not look.request.generate_ocr:
        found.extend(covers_text(alt_text, "", setting.reading_words))
    return tuple(found)


def _text_left_out(known: Known, alt_text: str, said_elsewhere: bool) -> tuple[Finding, ...]:
    """A05: text in an image of text is never dropped silently."""
    left_out = known.page and not said_elsewhere and len(" ".join(known.page.split())) > len(alt_text) + 1
    message = "The picture has more text than fits; ask for ocr_text or the description to have all of it."
    return (Finding("A05", message),) if left_out else ()
