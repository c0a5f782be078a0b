"""A model card: its template, its training record and the measured tables, put together by a command."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table under a heading."""
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def sources_table(record: Mapping[str, object]) -> str:
    """The repositories whose pictures were trained on."""
    sources = record["sources"]
    if not isinstance(sources, dict) or not sources:
        return "No real pictures were trained on."
    rows = [[name, source["licence"], str(source["pictures"])] for name, source in sources.items()]
    return table("Repositories of the real pictures", ("repository", "licence", "pictures"), rows)


def write(folder: Path, tables: str) -> None:
    """Make the card from its template beside this file, the training record and the measured tables."""
    record = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    template = Path(__file__).with_name(f"card-{folder.name}.md").read_text(encoding="utf-8")
    size = sum(weights.stat().st_size for weights in folder.glob("*.safetensors"))
    text = Template(template).substitute(
        {name: str(value) for name, value in record.items() if name != "sources"},
        megabytes=f"{size / 1e6:.1f}",
        sources=sources_table(record),
        measured=f"{BEGIN}\n\n{tables}\n\n{END}",
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
