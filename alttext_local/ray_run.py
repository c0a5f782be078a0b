"""A batch run on Ray Data: one engine in each actor, on one machine or a cluster with a shared file system.

The driver writes the list of images as Parquet, actors describe it in blocks, Ray writes the rows as Parquet and keeps
a checkpoint of which are there; at the end the driver takes them into the journal of the run, and from then on all is
as in any other run. Whoever dies, actor or driver: the same command goes on with what the checkpoint does not have.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from alttext_local.answer import ImageAnswer
from alttext_local.assemble_batch import LazyHouse, one_engine, rhythm_of
from alttext_local.batch.journal import Journal, Look
from alttext_local.batch.manifest import NO_PYARROW
from alttext_local.batch.row import Row, failed, kept_of
from alttext_local.batch.run import Outcome, Plan, finish
from alttext_local.batch.runner import OF_THE_HOUSE, TRIES
from alttext_local.batch.sources import Entry, FilesOnDisk, Zip
from alttext_local.batch.tally import Tally
from alttext_local.errors import AltTextError, BadRequest, MissingProgram, RunNotWritten
from alttext_local.settings import Settings
from alttext_local.types import Request

LIST, ROWS, DONE = "list", "rows", "done"
"""Folders in that of the run: what there is, what came of it, and Ray's checkpoint."""
GROUP = 5_000
"""Images in one file of the list."""
LEAST_CPUS = 4
"""Ray Data's own tasks want a place beside the actors: with two, a resumed run waits for ever."""
LEAST, MOST = 8, 256
"""Images that an actor takes at once."""
NO_RAY = "Runs on Ray need ray: pip install 'alttext-local[ray]'."


@dataclass(frozen=True)
class Cluster:
    """Where Ray is, and what of it is taken."""

    address: str = ""
    """Of a running cluster; empty: one is started on this machine and ended with the run."""
    actors: int = 1
    gpus: float = 0
    """Of each actor."""
    cpus: float = 1

    def block(self, images: int) -> int:
        """Images that an actor takes at once: what is lost at most when it dies, and one file of rows."""
        return min(MOST, max(LEAST, images // (8 * self.actors)))


def carry_out(plan: Plan, settings: Settings, models: list[str], cluster: Cluster, tally: Tally) -> Outcome:
    """Describe what is left and write the outputs. `BadRequest` for what cannot be on Ray, `MissingProgram` without."""
    if isinstance(plan.source, Zip):
        raise BadRequest("On Ray, actors read files: unpack the ZIP, and give the folder.")
    if plan.way is not None or plan.reuse is not None:
        raise BadRequest("Not on Ray. When it has ended, the same command without --engine ray does that alone.")
    folder = (plan.folder / "ray").absolute()
    with Journal(plan.folder) as journal, ExitStack() as stack:
        journal.begin(anew=plan.anew)
        if plan.anew:
            shutil.rmtree(folder, ignore_errors=True)
        house = LazyHouse(settings, [], models)
        count = _write_list(plan, house, journal, folder / LIST)
        tally.total = count
        try:
            if count:
                stack.enter_context(_ray(cluster))
                _describe(folder, cluster, count, settings, models)
        except AltTextError:
            raise
        except Exception as error:
            raise RunNotWritten(f"Ray: {type(error).__name__}.") from error
        _take_in(folder, house, journal, tally)
        return finish(plan, journal, tally, complete=True)


class Describing:
    """An actor: one engine."""

    def __init__(self, settings: Settings, models: list[str]) -> None:
        self._stack = ExitStack()
        self._house = self._stack.enter_context(one_engine(settings, models))
        self._rhythm = rhythm_of(settings, 1)

    def __call__(self, block: Mapping[str, Any]) -> dict[str, Any]:
        """A row for each image of a block, whatever is wrong with it; raises what is wrong with the house."""
        waiting = deque(_entry_of(one) for one in block["entry"])
        rows, looks = [], []
        hand: deque[tuple[Row, bytes, list[bytes], Future[ImageAnswer] | None]] = deque()
        while waiting or hand:
            if waiting and len(hand) < self._rhythm.window:
                hand.append(self._begin(waiting.popleft()))
                continue
            row, look = self._end(*hand.popleft())
            rows.append(json.dumps(row.to_dict(), ensure_ascii=True))
            looks.append(look)
        return {"id": block["id"], "entry": block["entry"], "row": rows, "look": looks}

    def _begin(self, entry: Entry) -> tuple[Row, bytes, list[bytes], Future[ImageAnswer] | None]:
        looks, assured = list[bytes](), entry.request
        assert assured is not None
        try:
            data = FilesOnDisk().read(entry, self._rhythm.largest)
        except AltTextError as error:
            return failed(entry.path, error, request=assured, columns=entry.columns), b"", looks, None
        row = Row(entry.path, hashlib.sha256(data).hexdigest(), assured, columns=entry.columns)
        return row, data, looks, self._house.submit(data, assured, looks.append)

    def _end(self, row: Row, data: bytes, looks: list[bytes], future: Future[ImageAnswer] | None) -> tuple[Row, bytes]:
        for tries_left in reversed(range(TRIES)):
            if future is None:
                break
            assert row.request is not None
            try:
                answer = future.result().model_copy(update={"file_name": row.path.rpartition("/")[2]})
                return Row(row.path, row.sha256, row.request, answer, columns=row.columns), looks[-1] if looks else b""
            except OF_THE_HOUSE:
                if not tries_left:
                    raise
                future = self._house.submit(data, row.request, looks.append)
            except AltTextError as error:
                known = {"sha256": row.sha256, "request": row.request, "columns": row.columns}
                return failed(row.path, error, **known), b""
        return row, b""


def _describe(folder: Path, cluster: Cluster, count: int, settings: Settings, models: list[str]) -> None:
    import ray.data
    from ray.data.checkpoint import CheckpointConfig

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.checkpoint_config = CheckpointConfig("id", str(folder / DONE), delete_checkpoint_on_success=False)
    listed = ray.data.read_parquet(str(folder / LIST)).repartition(target_num_rows_per_block=cluster.block(count))
    described = listed.map_batches(
        Describing,
        fn_constructor_args=(settings.model_copy(update=_absolute(settings)), models),
        batch_size=cluster.block(count),
        compute=ray.data.ActorPoolStrategy(size=cluster.actors),
        num_cpus=cluster.cpus,
        num_gpus=cluster.gpus,
    )
    described.write_parquet(str(folder / ROWS))


class _ray:  # noqa: N801 (a block)
    """Ray while the block lasts: no word of its use to anybody, no dashboard, loopback alone where it is ours."""

    def __init__(self, cluster: Cluster) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        if not cluster.address:  # else Ray takes an address that others can reach, whatever it is told
            os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        try:
            import ray
        except ImportError:
            raise MissingProgram(NO_RAY) from None
        self._ray, self._cluster = ray, cluster

    def __enter__(self) -> None:
        if self._cluster.address:
            self._ray.init(self._cluster.address, log_to_driver=False, configure_logging=False)
            return
        cores = max(LEAST_CPUS, os.cpu_count() or 1, int(self._cluster.actors * self._cluster.cpus) + 2)
        own: dict[str, Any] = {"num_cpus": cores, "include_dashboard": False}
        self._ray.init("local", log_to_driver=False, configure_logging=False, **own)

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()


def _write_list(plan: Plan, house: LazyHouse, journal: Journal, folder: Path) -> int:
    """Write what there is, in groups; what has a failure already is a row. How many are on the list."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingProgram(NO_PYARROW) from None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines, count = _lines(plan, house, journal), 0
    while group := list(islice(lines, GROUP)):
        pq.write_table(pa.Table.from_pylist(group), folder / f"{count:012d}.parquet")
        count += len(group)
    return count


def _lines(plan: Plan, house: LazyHouse, journal: Journal) -> Iterator[dict[str, str]]:
    for entry in plan.source.entries():
        if not plan.shard.has(entry.path):
            continue
        try:
            if entry.failure is not None or entry.request is None:
                raise entry.failure or BadRequest
            said = _entry_said(entry)
            seen = Path(entry.place).stat()
            mark = [said, seen.st_size, seen.st_mtime_ns, house.key("", entry.request)]
        except AltTextError as error:
            journal.put_row(failed(entry.path, error, request=entry.request, columns=entry.columns), entry.number)
        except OSError:
            yield {"id": hashlib.sha256(_entry_said(entry).encode()).hexdigest(), "entry": _entry_said(entry)}
        else:
            yield {"id": hashlib.sha256(json.dumps(mark).encode()).hexdigest(), "entry": said}


def _take_in(folder: Path, house: LazyHouse, journal: Journal, tally: Tally) -> None:
    """All rows that are on the list of now; of what was described twice, the last."""
    import pyarrow.parquet as pq

    wanted = set[bytes]()
    for part in sorted((folder / LIST).glob("*.parquet")):
        wanted.update(_ids(pq.read_table(part, columns=["id"])))
    for part in sorted((folder / ROWS).glob("*.parquet"), key=lambda one: one.stat().st_mtime_ns):
        for said in pq.read_table(part).to_pylist():
            if bytes.fromhex(said["id"]) in wanted:
                _take_row(Row.from_dict(json.loads(said["row"])), _entry_of(said["entry"]), said, house, journal, tally)


def _take_row(
    row: Row, entry: Entry, said: Mapping[str, Any], house: LazyHouse, journal: Journal, tally: Tally
) -> None:
    if row.request is None or not row.sha256:
        journal.put_row(row, entry.number)
        tally.failed += 1
        return
    key = house.key(row.sha256, row.request)
    journal.put_row(Row(row.path, row.sha256, row.request, columns=row.columns), entry.number, key=key)
    journal.put_result(key, kept_of(row.answer) if row.answer else None, row.code, row.error)
    if row.answer is None:
        tally.failed += 1
        return
    tally.described += 1
    tally.models[row.answer.provenance.model] += 1
    if said["look"]:
        journal.put_look(Look(row.sha256, row.path, str(entry.place)), said["look"])


def _ids(table: Any) -> Iterator[bytes]:
    return (bytes.fromhex(one) for one in table.column("id").to_pylist())


def _entry_said(entry: Entry) -> str:
    asked = asdict(entry.request) if entry.request else None
    place = os.fsencode(Path(entry.place).absolute()).hex()
    return json.dumps([entry.path, place, entry.number, asked, dict(entry.columns)], ensure_ascii=True)


def _entry_of(said: str) -> Entry:
    path, place, number, asked, columns = json.loads(str(said))
    return Entry(path, Path(os.fsdecode(bytes.fromhex(place))), number, Request(**asked), columns=columns)


def _absolute(settings: Settings) -> dict[str, Path]:
    """Actors have working folders of their own."""
    names = ("data_dir", "models_dir", "catalogue", "policy_file")
    return {name: path.absolute() for name in names if (path := getattr(settings, name)) is not None}
