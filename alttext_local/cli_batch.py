"""`alttext-local batch` and `alttext-local merge`: many images by one command that can be killed and goes on."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any, Literal, TypeVar

import typer
from rich.console import Console

from alttext_local.assemble import field_limits
from alttext_local.assemble_batch import batch_house, open_source, opener, places_of, rhythm_of
from alttext_local.batch import dry_run
from alttext_local.batch.merge import Merged
from alttext_local.batch.merge import merge as merge_parts
from alttext_local.batch.outputs import check_outputs
from alttext_local.batch.progress import EVERY, JsonProgress, LiveProgress, Quiet, View
from alttext_local.batch.run import Plan, carry_out
from alttext_local.batch.shard import Shard
from alttext_local.batch.tally import Tally
from alttext_local.cli_batch_tables import print_dry_run, print_merged, print_summary
from alttext_local.errors import RunStopped
from alttext_local.fields import check_fields
from alttext_local.log import configure_logging
from alttext_local.settings import Settings, load_settings
from alttext_local.types import Request

SOME_FAILED = 3
STOPPED = RunStopped.exit_code
T = TypeVar("T")
Shows = Literal["auto", "live", "json", "quiet"]
out = Console(soft_wrap=True)
err = Console(stderr=True)

Output = Annotated[Path, typer.Option("--output", "-o", help="Ends in .jsonl, .csv or .parquet.")]
Also = Annotated[list[Path] | None, typer.Option(help="One more output, of another ending; may be repeated.")]


@dataclass(frozen=True)
class Way:
    """How a run is shown."""

    shows: Shows
    every: float
    """Seconds between two JSON lines."""

    @classmethod
    def chosen(cls, shows: Shows, quiet: bool, every: float) -> Way:
        """`auto`: a live line on a terminal, JSON lines in a log."""
        if quiet:
            return cls("quiet", every)
        return cls(("live" if err.is_terminal else "json") if shows == "auto" else shows, every)

    def view(self, tally: Tally) -> View:
        """What shows the tally."""
        if self.shows == "live":
            return LiveProgress(tally, err)
        return JsonProgress(tally, sys.stdout, self.every) if self.shows == "json" else Quiet()

    def tell(self, event: str, said: dict[str, Any], print_it: Callable[[], None]) -> None:
        """The end of a run, as this way says things."""
        if self.shows == "json":
            print(json.dumps({"event": event, **said}, ensure_ascii=False), flush=True)
        elif self.shows == "live":
            print_it()


def batch(
    source: Annotated[
        str,
        typer.Argument(help="A folder, a .zip, a list (.csv, .jsonl, .parquet with a column path), or - for paths."),
    ],
    output: Output,
    also: Also = None,
    glob: Annotated[
        list[str] | None, typer.Option(help="Only paths like this, such as '2024/*.jpg'; may be repeated.")
    ] = None,
    model: Annotated[str, typer.Option(help="A name of `models list`.")] = "gpt-4o",
    length: Annotated[int, typer.Option(min=125, max=500, help="Characters of alt text at most.")] = 125,
    prompt: Annotated[str, typer.Option(help="A wish that guides the model.")] = "",
    context: Annotated[str, typer.Option(help="The text beside the images.")] = "",
    language: Annotated[str, typer.Option(help="BCP 47 language of the texts.")] = "en",
    description: Annotated[bool, typer.Option("--description", help="A long description too.")] = False,
    ocr: Annotated[bool, typer.Option("--ocr", help="The text in the image too.")] = False,
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Describe all anew; a stopped --regenerate goes on.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try those again that failed before.")] = False,
    shard: Annotated[
        str, typer.Option(help="i/n: one part of the source, into an output of its own; slurm, slurm/n: by the array.")
    ] = "1/1",
    devices: Annotated[
        str, typer.Option(help="all: a process for each GPU; or a list such as cuda:0,cuda:1 or cpu,cpu.")
    ] = "",
    dry: Annotated[bool, typer.Option("--dry-run", help="Only look: count, find unreadable images, estimate.")] = False,
    check: Annotated[
        dry_run.Check, typer.Option(help="In a dry run: decode every image, or look at the first bytes alone.")
    ] = "decode",
    progress: Annotated[Shows, typer.Option(help="auto: live on a terminal, else JSON lines.")] = "auto",
    every: Annotated[float, typer.Option(min=0, help="Seconds between two JSON lines.")] = EVERY,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Describe many images. Killed at any moment, the same command goes on with the rest.

    What is done is kept in the folder OUTPUT.run and known by the images' contents and the settings. Exit code 0: all
    described; 3: some failed, and have rows with their errors; 130: stopped. Ctrl-C once finishes what is in hand.
    """
    settings, part = load_settings(), Shard.read(shard)
    configure_logging("error")
    given = Request(model, length, prompt, context, description, ocr, False, language)
    request = check_fields(vars(given), field_limits(settings))
    outputs = [part.named(path) for path in (output, *(also or ()))]
    check_outputs(outputs)
    way = Way.chosen(progress, quiet, every)
    opened = open_source(settings, source, request, glob or ())
    if dry:
        _look(settings, opened, part, request, devices, check, way)
        return
    plan = Plan(opened, outputs, part, retry_failed, regenerate, rhythm_of(settings, max(1, len(places_of(devices)))))
    _run(settings, plan, request, devices, way)


def merge(
    parts: Annotated[list[Path], typer.Argument(help="Outputs of shards or of other runs: .jsonl or .parquet.")],
    output: Output,
    also: Also = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say it as one JSON object.")] = False,
) -> None:
    """Put outputs together, each image once. Exit code 3 where a shard is missing or texts contradict each other."""
    outputs = [output, *(also or ())]
    check_outputs(outputs)
    merged: Merged = merge_parts(parts, outputs)
    if as_json:
        said = {name: value for name, value in vars(merged).items() if name != "summary"}
        print(json.dumps({**said, **merged.summary.to_dict()}, ensure_ascii=False))
    else:
        print_merged(out, merged, outputs)
    if not merged.whole:
        raise typer.Exit(SOME_FAILED)


def _run(settings: Settings, plan: Plan, request: Request, devices: str, way: Way) -> None:
    tally = Tally()
    with ExitStack() as stack:
        view = stack.enter_context(way.view(tally))

        def work(stopping: Callable[[], bool]) -> Any:
            with batch_house(settings, devices, [request.selected_model]) as house:
                return carry_out(plan, house, tally, stopping)

        outcome = stoppable(work, view)
        view.show(last=True)
    said = {**outcome.summary.to_dict(), "complete": outcome.complete, "seconds": round(tally.seconds, 1)}
    said["described_now"] = tally.described
    way.tell("summary", said, lambda: print_summary(out, outcome, tally, plan.outputs))
    if not outcome.complete:
        err.print(f"{RunStopped.sentence} {RunStopped.advice}", markup=False)
        raise typer.Exit(STOPPED)
    if outcome.summary.failed:
        raise typer.Exit(SOME_FAILED)


def _look(
    settings: Settings, source: Any, shard: Shard, request: Request, devices: str, check: dry_run.Check, way: Way
) -> None:
    def work(stopping: Callable[[], bool]) -> dry_run.Findings:
        with ExitStack() as stack:
            decoders = stack.enter_context(opener(settings)) if check == "decode" else None
            found = dry_run.look_through(
                source, shard, decoders, settings.max_batch_file, stopping, settings.decode_workers
            )
        if not stopping():
            with batch_house(settings, devices, [request.selected_model]) as house:
                dry_run.measure(found, house.opened)
        return found

    found = stoppable(work, Quiet())
    way.tell("dry-run", found.to_dict(), lambda: print_dry_run(out, found, check))
    if found.unreadable:
        raise typer.Exit(SOME_FAILED)


def stoppable(work: Callable[[Callable[[], bool]], T], view: View) -> T:
    """Do work in a thread of its own while this one shows it and listens: one signal asks it to stop, two end it.

    The thread and all that it starts do not hear signals: Ctrl-C in a terminal goes to every process of it, and must
    not kill a decoder or an OCR with an image in hand. Whatever `work` raises is raised here.
    """
    stop, done, answered = Event(), Event(), Future[T]()

    def quietly() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            answered.set_result(work(stop.is_set))
        except BaseException as error:
            answered.set_exception(error)
        finally:
            done.set()

    def heard(*_: object) -> None:
        if stop.is_set():
            view.__exit__(None, None, None)
            os._exit(STOPPED)  # the journal bears it: it bears kill -9
        stop.set()
        err.print("Stopping: what is in hand is finished. Once more stops at once.")

    thread = Thread(target=quietly, name="run", daemon=True)
    before = {name: signal.signal(name, heard) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        thread.start()
        while not done.wait(0.2):
            view.show()
        thread.join()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    return answered.result()
