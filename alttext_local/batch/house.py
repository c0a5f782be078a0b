"""Who describes for a batch run: the engine in this process, or several in processes of their own (`devices`)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import Protocol

from alttext_local.answer import ImageAnswer
from alttext_local.catalogue import Card
from alttext_local.describer import Describer, result_key
from alttext_local.prompts.style import load_style
from alttext_local.types import Description, Request


class House(Protocol):
    """What a run needs of it."""

    def key(self, sha256: str, request: Request) -> str:
        """Under which the result of this content and request is kept. `UnknownModel`."""
        ...

    def submit(self, data: bytes, request: Request) -> Future[ImageAnswer]:
        """Begin; raises and fails as `Describer.submit`. The answer has no name of a file."""
        ...


class Keys:
    """Makes keys with the cards of a catalogue."""

    def __init__(self, card: Callable[[str], Card]) -> None:
        """`card` gives the card behind a name."""
        self._card = cache(card)

    def key(self, sha256: str, request: Request) -> str:
        """`UnknownModel` where nothing stands behind the model's name."""
        card = self._card(request.selected_model)
        return result_key(sha256, request, card, load_style(card.prompts).version)


class OneEngine(Keys):
    """The engine of this process."""

    def __init__(self, describer: Describer, card: Callable[[str], Card]) -> None:
        super().__init__(card)
        self._describer = describer

    def submit(self, data: bytes, request: Request) -> Future[ImageAnswer]:
        """Begin to describe."""
        answered: Future[ImageAnswer] = Future()

        def pass_on(future: Future[Description]) -> None:
            if (error := future.exception()) is not None:
                answered.set_exception(error)
            else:
                answered.set_result(ImageAnswer.of(future.result(), ""))

        self._describer.submit(data, request, "").add_done_callback(pass_on)
        return answered
