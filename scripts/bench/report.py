"""The figures as a table, as JSON, and as `docs/PERFORMANCE.md`, which is made from the JSON and from nothing else."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import transformers

from alttext_local import __version__
from alttext_local.adapters.processor import look_at_processor

Column = tuple[str, Callable[[dict[str, Any]], str]]
TITLES = {
    "one": "One picture",
    "many": "Pictures that are in memory",
    "callers": "Callers at once through the REST API",
    "files": "Files to JSON lines",
}
SAYS = {
    "one": "All four outputs (kind, alternative text, description, keywords) of one picture. The time is what a caller "
    "waits for the model; decoding, OCR and rules are not in it.",
    "many": "All four outputs of each picture, in batches. Decoding, OCR and rules are not in it.",
    "callers": "A real server process; all callers begin at once and ask for different outputs. p50 and p99 are "
    "what they waited, everything included. No answer comes from a cache.",
    "files": "From files on the disk to a file of JSON lines: decoding, OCR, model, rules. The plain loop is what a "
    "user writes: Pillow, `pytesseract.image_to_string`, one `generate` for each output; it judges, grounds, mends and "
    "checks nothing. Beside a small model reading is most of the work, so the loop is there with our Tesseract too (in "
    "the process, one thread, the same settings): from there on the gain is that of looking once and of batches.",
}
SHOWS_NOT = (
    "A GPU, where none is named above: `make bench-gpu` measures one. CUDA graphs and several GPUs have not been run.",
    "How good the texts are: the equality gate says that contenders wrote the same, not that it is right.",
    "Models with random weights run every text to its budget; real weights end sooner, and more unevenly.",
    "Other machines, other libraries' servers (vLLM, SGLang, llama.cpp) and other numbers of outputs.",
    "Cold starts: every contender was warmed up, and all weights were in memory.",
)


def machine() -> dict[str, Any]:
    """What it was measured on."""
    cpu = look_at_processor()
    return {
        "processor": _processor_name(),
        "cores": cpu.cores,
        "allowed": cpu.allowed,
        "bfloat16": cpu.bfloat16,
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else "",
        "load_before": round(os.getloadavg()[0], 2),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "version": __version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


def table(result: dict[str, Any]) -> str:
    """The contenders as a Markdown table, only with columns that some of them have."""
    rows = result["contenders"]
    slowest = next((row["images_per_second"] for row in rows if "images_per_second" in row), 1.0)
    columns: tuple[Column, ...] = (
        ("contender", lambda row: str(row["name"])),
        ("images/s", lambda row: f"{row['images_per_second']:.3g}"),
        ("to the first", lambda row: f"{row['images_per_second'] / slowest:.2f}x"),
        ("median s", lambda row: f"{statistics.median(row['seconds']):.3g}"),
        ("rounds", lambda row: str(len(row["seconds"]))),
        ("p50 s", lambda row: f"{row['p50']:.3g}"),
        ("p99 s", lambda row: f"{row['p99']:.3g}"),
        ("tokens/s", lambda row: f"{row['tokens_per_second']:.0f}"),
        ("MFU", lambda row: f"{row['mfu']:.1%}"),
        ("MBU", lambda row: f"{row['mbu']:.1%}"),
        ("peak GiB", lambda row: f"{row['memory'] / 2**30:.2f}"),
        ("same texts", lambda row: f"{row['same_texts']:.0%}"),
    )
    shown = [column for column in columns if any(_cell(column, row) for row in rows)]
    lines = [[name for name, _ in shown], ["---"] * len(shown)]
    lines += [[_cell(column, row) for column in shown] for row in rows]
    told = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    out = [f"\n{row['name']} could not run: {row['impossible']}." for row in rows if "impossible" in row]
    return told + "\n" + "\n".join(out)


def page(results: Sequence[dict[str, Any]]) -> str:
    """`docs/PERFORMANCE.md`."""
    parts = [
        "# Performance",
        "",
        "Made by `python -m scripts.bench report` from measurements; not written by hand.",
        "",
    ]
    parts += ["Contenders ran in turns in one process or beside one another (A B C A B C), on the same pictures and"]
    parts += ["prompts, after a warm-up; figures are medians. A run counts only if its equality gate held.", ""]
    for result in results:
        parts += [f"## {TITLES[result['workload']]}: {result['model']}", "", SAYS[result["workload"]], ""]
        parts += [_circumstances(result), "", table(result), ""]
    parts += ["## What this does not show", "", *(f"- {line}" for line in SHOWS_NOT), ""]
    return "\n".join(parts)


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Results from files that `write` wrote, in the order of their workloads."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return sorted(found, key=lambda result: (list(TITLES).index(result["workload"]), result["model"]))


def write(path: Path, result: dict[str, Any]) -> None:
    """A result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _cell(column: Column, row: dict[str, Any]) -> str:
    try:
        return column[1](row)
    except KeyError:
        return ""


def _circumstances(result: dict[str, Any]) -> str:
    on = result["machine"]
    gpu = f"{on['gpu']}, " if on["gpu"] else ""
    return (
        f"{result['pictures']} pictures, {result['dtype']} on {result['device']}; {gpu}{on['processor']}, "
        f"{on['cores']} cores, {on['threads']} threads, load {on['load_before']} before the run; torch {on['torch']}, "
        f"transformers {on['transformers']}; {on['date']}. Gate: {result['gate']}."
    )


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
