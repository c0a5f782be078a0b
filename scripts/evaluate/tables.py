"""The tables of model cards and of docs/QUALITY.md, made of a model's measured figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alttext_local.types import FAMILIES, KINDS
from scripts.train.card import table

Figures = Mapping[str, Any]


def percent(share: Mapping[str, Any] | None, *, interval: bool = False) -> str:
    """`93 %`, with its 95 % interval where asked for; a dash of nothing."""
    if share is None or share["share"] is None:
        return "-"
    text = f"{100 * share['share']:.1f} %"
    low, high = share["interval"]
    return f"{text} ({100 * low:.0f}-{100 * high:.0f})" if interval else text


def of(share: Mapping[str, Any]) -> str:
    """`12 of 13`."""
    return f"{share['right']} of {share['count']}"


def all_tables(figures: Figures) -> list[str]:
    """Every table for which there are figures."""
    made: list[str] = []
    if "texts" in figures:
        made += [drawn_kinds(figures), facts_by_topic(figures["texts"]["facts"]), facts_by_kind(figures["texts"])]
    if "own_sentences" in figures:
        made.append(own_sentences(figures["own_sentences"]))
    if "real" in figures:
        made += [made_of for name, one in figures["real"].items() for made_of in real(one, name)]
    if "strangers" in figures:
        made.append(strangers(figures["strangers"], "drawn pictures"))
    if "charts" in figures:
        made.append(facts_by_topic(figures["charts"], "Facts stated on real charts, by topic"))
    if "api" in figures:
        made.append(api(figures["api"]))
    if "speed" in figures:
        made.append(speed(figures["speed"]))
    return made


def drawn_kinds(figures: Figures) -> str:
    """Kinds on fresh drawings: the model alone, and the product with calibration and OCR."""
    alone, product = figures["kinds_alone"], figures["texts"]["kinds"]
    rows = []
    for kind in KINDS:
        one, other = alone["kinds"][kind], product["kinds"][kind]
        rows.append([kind, *_kind_cells(one), *_kind_cells(other)])
    means = [f"**{100 * part['mean_of_kinds']:.1f} %**" for part in (alone, product)]
    counts = [str(part["all"]["count"]) for part in (alone, product)]
    rows.append(["**mean of the kinds**", counts[0], means[0], "", counts[1], means[1], ""])
    head = ("kind", "drawings", "model alone: recall", "precision", "drawings", "product: recall", "precision")
    return table("Kinds on fresh drawings", head, rows)


def _kind_cells(row: Figures) -> list[str]:
    return [str(row["recall"]["count"]), percent(row["recall"]), percent(row["precision"])]


def facts_by_topic(facts: Figures, title: str = "Facts stated about fresh drawings, by topic") -> str:
    """Stated, right, coverage."""
    rows = [
        [topic, str(row["stated"]), percent(row["right"], interval=True), percent(row["coverage"], interval=True)]
        for topic, row in facts["topics"].items()
    ]
    rows.append(
        ["**all but the kind**", str(facts["facts_right"]["count"]), f"**{percent(facts['facts_right'])}**", ""]
    )
    head = ("topic", "stated", "of these right", "pictures that have such a fact: one stated and right")
    return table(title, head, rows)


def facts_by_kind(texts: Figures) -> str:
    """The same by kind, with the share of the true sentences that are said."""
    rows = [[kind, str(row["pictures"]), *_fact_cells(row)] for kind, row in texts["facts"]["by_kind"].items()]
    everything = texts["facts"]
    rows.append(["**all**", str(everything["pictures"]), *_fact_cells(everything)])
    head = ("kind", "drawings", "facts stated", "right", "of the drawings' true sentences, said")
    return table("Facts stated about fresh drawings, by kind", head, rows)


def _fact_cells(row: Figures) -> list[str]:
    return [str(row["facts_right"]["count"]), percent(row["facts_right"]), percent(row["sentences_said"])]


def own_sentences(own: Figures) -> str:
    """What the model writes without the product's other readers."""
    rows = [[f"{r['gate']:.2f}", f"{100 * r['true']:.1f} %", f"{100 * r['kept']:.1f} %"] for r in own["by_gate"]]
    title = f"The model's own sentences about fresh drawings (the product states {percent(own['stated'])} of them)"
    return table(title, ("least likely token at least", "true word for word", "of all written, kept"), rows)


def real(figures: Figures, name: str) -> list[str]:
    """Real pictures of one set: kinds, claims, confidences, confusion."""
    rows = [
        [how, str(figures["pictures"])] + [percent(figures[key][what], interval=True) for what in ("kind", "family")]
        for how, key in (("model alone", "before"), ("the product", "after"))
    ]
    made = [table(f"Real pictures, set `{name}`, all answered", ("", "pictures", "kind right", "family right"), rows)]
    made.append(_claims(figures, name))
    if figures["strangers"]["pictures"]:
        made.append(strangers(figures["strangers"], f"pictures of set `{name}`"))
    errors = [[error.replace("_", " "), of(share)] for error, share in figures["plain_errors"].items()]
    made.append(table(f"Plain errors, set `{name}`", ("", "pictures"), errors))
    made.append(_ece(figures["confidence"], name))
    made.append(confusion(f"Confusion, set `{name}`, kinds (rows: what it is)", figures["kinds"], KINDS))
    made.append(confusion(f"Confusion, set `{name}`, families", figures["families"], FAMILIES))
    return made


def _claims(figures: Figures, name: str) -> str:
    row, gates = figures["claims"], figures["gates"]
    rows = [
        [what, percent(row[f"{key}claimed"], interval=True), f"**{percent(row[right], interval=True)}**"]
        for what, key, right in (
            ("the kind", "kind_", "kind_right"),
            ("the family alone", "family_only_", "family_only_right"),
            ("kind or family", "", "claims_right"),
        )
    ]
    title = f"Claims, set `{name}` (gates: kind {gates['kind']:.2f}, family {gates['family']:.2f})"
    return table(title, ("claimed is", "of the pictures", "right"), rows)


def _ece(confidence: Figures, name: str) -> str:
    rows = [
        [what, *(f"{100 * confidence[when][what]['ece']:.1f} %" for when in ("before", "after"))]
        for what in ("kind", "family")
    ]
    head = ("", "before calibration", "after")
    return table(f"Expected calibration error, set `{name}`", head, rows)


def confusion(title: str, kinds: Figures, names: Sequence[str]) -> str:
    """True names against said ones."""
    rows = [[name, *(str(row.get(said, "·")) for said in names)] for name, row in kinds["confusion"].items()]
    return table(title, ("", *names), rows)


def strangers(figures: Figures, of_what: str) -> str:
    """How many pictures of no known kind are claimed to be of one."""
    rows = [
        [name, percent(figures[f"{key}_claimed"], interval=True)]
        for name, key in (("a kind", "kind"), ("a family alone", "family"))
    ]
    return table(f"Of {figures['pictures']} {of_what} of no known kind, claimed", ("", "share"), rows)


def api(figures: Figures) -> str:
    """End to end."""
    broken = ", ".join(f"{rule} {len(names)}" for rule, names in sorted(figures["rules_broken"].items())) or "none"
    rows = [
        ["drawings sent", str(figures["pictures"])],
        ["title's words in the alternative text, where OCR read them", of(figures["titles_said_where_read"])],
        ["rules A01-A07 broken", broken],
        ["texts whose numbers all stand in the OCR or the facts", of(figures["texts_with_grounded_numbers"])],
    ]
    return table("End to end through the API", ("", ""), rows)


def speed(figures: Figures) -> str:
    """Size and speed."""
    rows = [
        ["weights", f"{figures['megabytes']:.1f} MB"],
        ["loads in", f"{figures['load_seconds']:.2f} s"],
        ["pictures a second, four outputs, OCR apart", f"{figures['pictures_a_second']:.1f}"],
        ["threads, batch, number format", f"{figures['threads']}, {figures['batch']}, {figures['dtype']}"],
    ]
    return table("Size and speed", ("", ""), rows)
