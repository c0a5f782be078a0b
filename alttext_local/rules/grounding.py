"""B01, B02, B04: what a text states in figures and quotations must stand in the picture or around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz, process

from alttext_local.rules.endings import capitalise, finish, strip_dangling
from alttext_local.rules.lexicon import WORD, phrases_for, read_sections, section_pattern, words_for
from alttext_local.rules.numbers import Number, collect_values, find_numbers
from alttext_local.rules.repetition import fold
from alttext_local.rules.sentences import find_quotations, find_sentences
from alttext_local.rules.setting import Setting
from alttext_local.types import Finding

_ALIKE = 85
"""Least likeness, of 100, at which a quotation counts as read: OCR errs in a letter here and there."""
_SHARE_OF_WORDS = 0.8
_MOST_CLAIMS = 60
"""A text that states more than this unconfirmed is made up as a whole."""
_SMALL = 3
"""Counts up to this may be seen at a glance and stay."""
_AGE = re.compile(r"\b(?:(an?) )?(?:\w+|\d{1,3})[- ]years?[- ]old (?=[^\W\d_])", re.IGNORECASE)
_MARKS = re.compile(r"[,;:](?=\s)|\s[–—-](?=\s)|—|[、，；]|[()]")
_UNIT_BEHIND = re.compile(r"\s*(?:%|°\s?[CF]?|[$€£¥](?!\w))|[^\W\d_]{1,3}(?!\w)")
_ENTRY_BEFORE = re.compile(r"(?<=[\d%\"”»])(\s*,\s*(?:and |or |und |et )?|\s+(?:and|or|und|et|y|e|en)\s+)[$€£]?$")
_ENTRY_BEHIND = re.compile(r"%?(?:\s*,\s*(?:and |or )?|\s+(?:and|or|und|et|y|e|en)\s+)(?=[$€£]?\d|[\"“«])")
_NAME_BEFORE = re.compile(r"(?<=\w )[A-Z]\w+\s+$")


@dataclass(frozen=True)
class Grounded:
    """A text that states nothing unconfirmed; empty where nothing else was said: then ask the model again."""

    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Known:
    """What the picture and its surroundings say."""

    values: frozenset[Decimal]
    folded: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class _Claim:
    start: int
    end: int
    written: str


def ground(text: str, setting: Setting) -> Grounded:
    """Counts over three become "several"; each other number and quotation that is unconfirmed goes with its clause."""
    known = _gather_known(setting)
    text, findings = _loosen_counts(text, setting, known)
    for _ in range(_MOST_CLAIMS):
        claim = _first_claim(text, setting, known)
        if claim is None:
            return Grounded(text, tuple(findings))
        text = _drop_claim(text, claim, setting)
        findings.append(Finding("B01", f"{_shorten(claim.written)} is not found in the picture.", mended=bool(text)))
    return Grounded("", tuple(findings))


def _shorten(written: str) -> str:
    return repr(written if len(written) <= 40 else written[:39] + "…")


def _gather_known(setting: Setting) -> _Known:
    given = "\n".join((setting.reading_text, " ".join(setting.reading_words), setting.context, setting.trusted))
    words = tuple(dict.fromkeys(fold(given)))
    return _Known(collect_values(given, setting.primary_language), " ".join(fold(given)), words)


def _loosen_counts(text: str, setting: Setting, known: _Known) -> tuple[str, list[Finding]]:
    findings: list[Finding] = []
    language = setting.primary_language
    if not known.values.intersection(collect_values(" ".join(_AGE.findall(text)), language)) and _AGE.search(text):
        aged = [
            match[0]
            for match in _AGE.finditer(text)
            if not known.values & collect_values(match[0].replace("-", " "), language)
        ]
        for phrase in aged:
            findings.append(Finding("B01", f"{phrase.strip()!r} is a guess.", mended=True))
            text = text.replace(phrase, _article_left(phrase, text), 1)
    for number in reversed(list(find_numbers(text, language))):
        if number.values & known.values or not _is_count(text, number, language) or max(number.values) <= _SMALL:
            continue
        if _ENTRY_BEFORE.search(text[: number.start]):
            continue
        several = _several(language, text[number.end :])
        text = (
            capitalise(text[: number.start] + several + text[number.end :])
            if not number.start
            else (text[: number.start] + several + text[number.end :])
        )
        findings.append(Finding("B04", f"The count {number.written!r} is not confirmed: {several!r}.", mended=True))
    return text, findings


def _article_left(phrase: str, text: str) -> str:
    """The article before "8-year-old boy" must fit what follows it now."""
    if phrase[:2].strip().casefold() not in ("a", "an"):
        return ""
    behind = text[text.index(phrase) + len(phrase) :]
    article = "an " if behind[:1].casefold() in set("aeio") else "a "
    return article.capitalize() if phrase[0].isupper() else article


def _several(language: str, behind: str) -> str:
    pairs = (line.partition("=>") for line in read_sections("units")["several"])
    several = {name.strip(): word.strip() for name, _, word in pairs}.get(language, "several")
    noun = WORD.match(behind.lstrip())
    feminine = noun is not None and noun[0].casefold().endswith(("as", "ções", "ciones"))
    return several[:-2] + "as" if feminine and language in ("es", "pt") else several


def _is_count(text: str, number: Number, language: str) -> bool:
    """Whether things are counted: a whole number before a plural, and no unit of measure behind it."""
    value = max(number.values)
    if value != int(value) or value > 999 or _is_attached(text, number):
        return False
    words = [match[0].casefold() for match in WORD.finditer(text[number.end : number.end + 60])][:3]
    between = re.match(r"[^.,;:!?\"“(]*", text[number.end :])
    words = words[: len(WORD.findall(between[0]))] if between else words
    if not words or words[0] in words_for("units", "units"):
        return False
    before = WORD.findall(text[max(0, number.start - 20) : number.start])
    if before and before[-1].casefold() in (
        "number",
        "no",
        "nummer",
        "numéro",
        "número",
        "numero",
        "page",
        "room",
        "route",
    ):
        return False
    if language != "en":
        return words[0] not in words_for("dangling", language)
    for word in words:
        if word in words_for("dangling", "en"):
            return False
        if word in words_for("units", "plurals") or (word.endswith("s") and not word.endswith("ss")):
            return True
    return False


def _is_attached(text: str, number: Number) -> bool:
    behind, before = text[number.end : number.end + 1], text[max(0, number.start - 1) : number.start]
    return (behind in set("%°-–/") and bool(behind)) or (before in set("$€£¥#/-") and bool(before)) or behind.isalpha()


def _first_claim(text: str, setting: Setting, known: _Known) -> _Claim | None:
    quotations = find_quotations(text)
    for start, end, words in quotations:
        if not _is_read(words, known):
            return _Claim(start, end, words)
    language = setting.primary_language
    for number in find_numbers(text, language):
        if any(start <= number.start < end for start, end, _ in quotations):
            continue
        if number.values & known.values or _is_harmless(text, number, language):
            continue
        return _Claim(number.start, number.end, number.written)
    return None


def _is_harmless(text: str, number: Number, language: str) -> bool:
    """Small counts, and number words that count nothing ("one of them")."""
    value = max(number.values)
    if number.in_words:
        following = WORD.match(text[number.end :].lstrip())
        measured = following is not None and following[0].casefold() in words_for("units", "units")
        return value <= _SMALL or (not measured and value < 13)
    return value <= _SMALL and _is_count(text, number, language)


def _is_read(quotation: str, known: _Known) -> bool:
    """Whether the words were read, in one piece or word by word, with OCR's errors allowed; numbers exactly."""
    words = fold(quotation)
    folded = " ".join(words)
    if not words or f" {folded} " in f" {known.folded} ":
        return True
    figures = [word for word in words if word.isdecimal()]
    if not known.words or any(word not in known.words for word in figures):
        return False
    if (
        len(folded) >= 5
        and fuzz.partial_ratio(folded, known.folded) >= _ALIKE
        and len(known.folded) >= 0.8 * len(folded)
    ):
        return True
    found = sum(_is_word_read(word, known.words) for word in words)
    return found >= _SHARE_OF_WORDS * len(words)


def _is_word_read(word: str, words: Iterable[str]) -> bool:
    if len(word) < 4:
        return word in words
    return process.extractOne(word, words, scorer=fuzz.ratio, score_cutoff=_ALIKE) is not None


def _drop_claim(text: str, claim: _Claim, setting: Setting) -> str:
    """Without the bracket, the phrase or the clause that states the claim; else without its whole sentence."""
    spans = find_sentences(text)
    start, end = next(((left, right) for left, right in spans if left <= claim.start < right), (0, len(text)))
    end = max(end, claim.end)
    sentence = text[start:end]
    inner = _Claim(claim.start - start, claim.end - start, claim.written)
    left = _drop_within(sentence, inner, setting)
    if len(WORD.findall(left)) < 2:
        left = ""
    left = finish(left, setting) if left else ""
    return " ".join(part for part in (text[:start].strip(), left, text[end:].strip()) if part)


def _drop_within(sentence: str, claim: _Claim, setting: Setting) -> str:
    language = setting.primary_language
    bracket = sentence.rfind("(", 0, claim.start), sentence.find(")", claim.end)
    if min(bracket) >= 0 and ")" not in sentence[bracket[0] : claim.start]:
        return sentence[: bracket[0]].rstrip() + sentence[bracket[1] + 1 :]
    if (left := _drop_entry(sentence, claim)) is not None:
        return left
    end = _claim_end(sentence, claim)
    head = sentence[: claim.start]
    lead = next((hit for hit in phrases_for("claims", language).find(head) if _leads_up(head, hit.end)), None)
    if lead and WORD.search(sentence[: lead.start]):
        kept = _strip_participle(strip_dangling(sentence[: lead.start], language), language)
        return kept + _rest_of(sentence[end:], sentence[: lead.start], language)
    if lead and sentence[end:].startswith(", "):
        return sentence[end + 2 :]
    if _NAME_BEFORE.search(head) and end == claim.end and sentence[claim.start].isdecimal():
        return head.rstrip() + sentence[end:]
    return _drop_clause(sentence, claim, language)


def _leads_up(head: str, end: int) -> bool:
    """Whether only an article stands between these words and the claim."""
    between = WORD.findall(head[end:])
    return len(between) <= 1 and all(len(word) <= 3 for word in between)


def _claim_end(sentence: str, claim: _Claim) -> int:
    unit = _UNIT_BEHIND.match(sentence, claim.end)
    if unit and sentence[claim.start] not in "\"“«„‘'":
        return unit.end()
    word = re.match(r"[- ]([^\W\d_.]+)", sentence[claim.end :])
    if word and word[1].casefold() in words_for("units", "units"):
        return claim.end + word.end()
    return claim.end


def _drop_entry(sentence: str, claim: _Claim) -> str | None:
    """Without one entry of a series ("20, 35 and 50"); `None` where it is none, or where its order matters."""
    head, rest = sentence[: claim.start], sentence[claim.end :]
    if "respectively" in rest:
        return None
    if behind := _ENTRY_BEHIND.match(rest):
        before = _ENTRY_BEFORE.search(head)
        if before and "," not in behind[0]:
            return head[: before.start()] + rest
        return head + rest[behind.end() :]
    if before := _ENTRY_BEFORE.search(head):
        head = head[: before.start()]
        shorter = re.sub(r"(?<=[\d%\"”»]),\s*(?=\S+$)", before[1] if before[1].strip() != "," else ", ", head)
        return shorter + rest
    return None


def _strip_participle(kept: str, language: str) -> str:
    """Without "built" of "a house built in 1990", where no auxiliary makes it the verb of the sentence."""
    words = kept.split()
    bare = len(words) > 2 and words[-1].casefold() in words_for("claims", f"{language} participles")
    if not bare or words[-2].casefold() in words_for("claims", f"{language} auxiliaries"):
        return kept
    return strip_dangling(" ".join(words[:-1]), language)


def _rest_of(rest: str, head: str, language: str) -> str:
    """What follows the claim, where it still belongs to what stands before it."""
    place = section_pattern("claims", f"{language} places")
    if place and (match := place.match(rest)):
        rest = rest[match.end() :]
    if head.rstrip().endswith(",") and rest.startswith(","):
        rest = rest[1:]
    further = re.match(r"\s*(?:,|and|und|et|y|e|en|or)?\s*[\"“«„\d]", rest)
    return "" if further and further[0].strip() not in ("",) and not rest.strip(" .") else rest


def _drop_clause(sentence: str, claim: _Claim, language: str) -> str:
    """Without the clause around the claim; nothing where it is the main clause, which comes first."""
    clauses = section_pattern("clauses", f"{language} strong") or section_pattern("clauses", "en strong")
    borders = [match.start() for match in _MARKS.finditer(sentence)]
    borders += [match.start() for match in clauses.finditer(sentence)] if clauses else []
    quotes = find_quotations(sentence)
    borders = sorted(at for at in set(borders) if at > 0 and not any(left < at < right for left, right, _ in quotes))
    before = [at for at in borders if at <= claim.start]
    behind = [at for at in borders if at >= claim.end]
    if not before or len(WORD.findall(sentence[: before[-1]])) < 2:
        return ""
    tail = sentence[behind[0] :] if behind and sentence[behind[0]] in ",;" else ""
    return strip_dangling(sentence[: before[-1]], language) + tail


def covers_text(alt_text: str, ocr_text: str, large_words: Iterable[str]) -> tuple[Finding, ...]:
    """B02: the large legible words that stand neither in the text nor in the OCR text of the answer."""
    given = set(fold(alt_text)) | set(fold(ocr_text))
    missing = [word for word in dict.fromkeys(large_words) if fold(word) and not set(fold(word)) <= given]
    if not missing:
        return ()
    return (Finding("B02", f"Large text is left out: {', '.join(missing[:5])}."),)
