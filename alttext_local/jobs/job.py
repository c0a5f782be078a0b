"""The words of bulk work: a job, the images it is made of, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from alttext_local.types import Request

State = Literal["Queued", "Processing", "Completed", "Failed", "Cancelled"]
ENDED: frozenset[State] = frozenset({"Completed", "Failed", "Cancelled"})
Step = Literal["output", "callback", "mail"]


@dataclass(frozen=True)
class Item:
    """One image of a job: where it lies in the archive and what is asked of it.

    An item that cannot be described at all (its file is missing, its settings are wrong) carries `failure`,
    a sentence safe to show, and neither entry nor request.
    """

    number: int
    """Place in the job, from 0."""
    name: str
    """Base name, as in the result."""
    file_ref: str
    """The path as the configuration gives it, else the path in the archive."""
    entry: str | None = None
    """Name of the archive's entry, exactly as stored."""
    request: Request | None = None
    failure: str = ""


@dataclass(frozen=True)
class ImageResult:
    """What became of one image. `answer` is the v2 answer's document, or None where it failed."""

    number: int
    name: str
    file_ref: str
    message: str
    """A fixed sentence; of a failure, what was wrong."""
    answer: Mapping[str, Any] | None = None
    code: str = ""
    """Of a failure: the error's code, as in `errors.py`."""

    @property
    def succeeded(self) -> bool:
        """Whether there is a text."""
        return self.answer is not None


@dataclass(frozen=True)
class Progress:
    """How many images a job has, how many have a result, how many of those are failures."""

    total: int
    done: int
    failed: int


@dataclass(frozen=True)
class Job:
    """One acknowledged upload. Times are aware, in UTC."""

    id: str
    """UUID 4."""
    owner: str
    file_name: str
    state: State
    created: datetime
    updated: datetime
    progress: Progress
    user_email: str = ""
    callback_url: str = ""
    failure: str = ""
    """Why the job as a whole failed, a sentence safe to show."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What became of the finishing steps `callback` and `mail`, in a word safe to show."""
    over: bool = False
    """Whether the output is written too; a cancelled job's may take a moment longer."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will be described."""
        return self.state in ENDED
