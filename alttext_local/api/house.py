"""What the door needs of the house behind it. `assemble` builds it; nothing here is built."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from alttext_local.catalogue import Card, Catalogue
from alttext_local.settings import Settings
from alttext_local.types import Description, Request


class Health(Protocol):
    """How the engine is. `reason` says in words safe to show why it is not ready."""

    @property
    def live(self) -> bool: ...
    @property
    def ready(self) -> bool: ...
    @property
    def reason(self) -> str: ...
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

    def submit(self, data: bytes, request: Request, owner: str, file_name: str) -> Future[Description]:
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
    def settings(self) -> Settings: ...
    @property
    def describer(self) -> Describer: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def tokens(self) -> Owners: ...

    def close(self) -> None:
        """Stop everything; called once, after the last answer."""
        ...
