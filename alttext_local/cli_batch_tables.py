"""What `batch` and `merge` print for people at their end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from alttext_local.batch.dry_run import Check, Findings
from alttext_local.batch.merge import Merged
from alttext_local.batch.progress import duration
from alttext_local.batch.run import Outcome
from alttext_local.batch.summary import Eye, Summary, said_of
from alttext_local.batch.tally import Tally


def print_summary(out: Console, outcome: Outcome, tally: Tally, outputs: Sequence[Path]) -> None:
    """What became of a run, and what needs a person's eye."""
    summary = outcome.summary
    _print_counts(out, summary)
    _print_eyes(out, summary)
    if summary.gone:
        some = ", ".join(summary.gone_examples)
        _say(out, f"{summary.gone:,} images of the last start are not in the source any more: {some}")
    pace = f", {tally.described / tally.seconds:.1f} images a second" if tally.described and tally.seconds else ""
    _say(out, f"{tally.described:,} described now in {duration(tally.seconds)}{pace}; {tally.known:,} were known.")
    _say(out, f"Written: {', '.join(str(path) for path in outputs)}")


def print_merged(out: Console, merged: Merged, outputs: Sequence[Path]) -> None:
    """What became of the parts."""
    _print_counts(out, merged.summary)
    _print_eyes(out, merged.summary)
    if merged.twice:
        _say(out, f"{merged.twice:,} images were in several parts and are here once.")
    if merged.conflicts:
        some = ", ".join(merged.conflict_examples)
        _say(out, f"{merged.conflicts:,} images have two texts; the first part's stands: {some}")
    if merged.missing:
        _say(out, f"Missing shards: {', '.join(merged.missing)}")
    if merged.unfinished:
        _say(out, f"Parts whose run was stopped: {', '.join(merged.unfinished)}")
    _say(out, f"Written: {', '.join(str(path) for path in outputs)}")


def print_dry_run(out: Console, found: Findings, check: Check) -> None:
    """What a run would meet."""
    table = Table("Format", "Images", title="What is there")
    for name, count in found.formats.most_common():
        table.add_row(name, f"{count:,}")
    table.add_section()
    table.add_row("all", f"{found.images:,}, {found.size / 1_000_000:,.1f} MB")
    out.print(table)
    unreadable = sum(found.unreadable.values())
    how = "every image was decoded" if check == "decode" else "only first bytes were looked at"
    _say(out, f"{unreadable:,} cannot be read ({how}).")
    for path, error in found.examples:
        _say(out, f"  {path}: {error}")
    if unreadable > len(found.examples):
        _say(out, f"  … and {unreadable - len(found.examples):,} more.")
    if found.seconds is not None:
        _say(
            out,
            f"About {duration(found.seconds)} for {found.readable:,} images: {found.start_seconds:.0f} s to start, "
            f"then {found.per_second:.1f} a second, measured on some of them.",
        )


def _print_counts(out: Console, summary: Summary) -> None:
    table = Table("Images", "Described", "Failed", "Same content", "By model")
    models = ", ".join(f"{model} {count:,}" for model, count in summary.models.most_common())
    counts = (summary.images, summary.described, summary.failed, summary.same)
    table.add_row(*(f"{count:,}" for count in counts), models)
    out.print(table)


def _print_eyes(out: Console, summary: Summary) -> None:
    if not summary.eyes and not summary.failures:
        _say(out, "Nothing asks for a person's eye.")
        return
    table = Table("", "Why", "Images", "Such as", title=f"For a person's eye: {summary.need_an_eye + summary.failed:,}")
    for group, eyes in (("eyes", summary.eyes), ("failures", summary.failures)):
        for name, eye in sorted(eyes.items(), key=lambda one: -one[1].count):
            table.add_row(name, said_of(group, name), f"{eye.count:,}", _such_as(eye))
        table.add_section()
    out.print(table, markup=False)


def _such_as(eye: Eye) -> str:
    return "\n".join(eye.examples)


def _say(out: Console, text: str) -> None:
    out.print(text, markup=False, highlight=False)
