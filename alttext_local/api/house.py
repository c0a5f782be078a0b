"""What the door needs of the house behind it. `assemble` builds it; nothing here is built."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from alttext_local.catalogue import Card, Catalogue
from alttext_local.figures import Figures
from alttext_local.jobs.desk import Desk
from alttext_local.settings import Settings
from alttext_local.types import Description, Request


class Health(Protocol):
    """How the engine is."""

    @property
    def live(self) -> bool:
        """Whether the process should go on."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a request can be answered."""
        ...

    @property
    def reason(self) -> str:
        """Why it is not ready, in words safe to show."""
        ...

    @property
    def missing(self) -> str:
        """Which of several devices do not serve though others do; empty where all do."""
        ...

    @property
    def loaded(self) -> Sequence[str]:
        """Names of the cards that are in memory."""
        ...

    @property
    def waiting(self) -> int:
        """Shots in the queue."""
        ...


class Engine(Protocol):
    """The part of the engine that can be asked before there is a picture. No call may block."""

    def admit(self) -> None:
        """Return where one more picture can be answered in time; else raise `Overloaded` or `Unavailable`."""
        ...

    def health(self) -> Health:
        """How it is now."""
        ...

    def card(self, name: str) -> Card:
        """The card that serves a name; `UnknownModel` lists the names there are."""
        ...


class Describer(Protocol):
    """One picture in, its description later."""

    def submit(self, data: bytes, request: Request, owner: str) -> Future[Description]:
        """Begin; the future fails with an `AltTextError`. Cancelling it stops what has not begun."""
        ...


class Owners(Protocol):
    """Who is behind a token."""

    def owner(self, token: str) -> str | None:
        """The owner's id, None for a token that is not known."""
        ...


class House(Protocol):
    """Everything that the door is given."""

    @property
    def settings(self) -> Settings:
        """Its limits."""
        ...

    @property
    def describer(self) -> Describer:
        """Who describes."""
        ...

    @property
    def engine(self) -> Engine:
        """Who knows whether there is room."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The models and their names."""
        ...

    @property
    def tokens(self) -> Owners:
        """Who knows the tokens."""
        ...

    @property
    def desk(self) -> Desk:
        """Where jobs are handed in."""
        ...

    @property
    def figures(self) -> Figures:
        """What is counted."""
        ...

    def close(self) -> None:
        """Stop everything; called once, after the last answer."""
        ...
