"""Takes its time: each call waits until the test lets it go (`gate`), and says that it began (`begun`)."""

from collections.abc import Sequence
from threading import Event, Semaphore

from alttext_local.catalogue import Card
from alttext_local.types import Answer, Shot
from tests.doubles.honest import Honest


class Slow(Honest):
    patience = 30.0
    """Seconds after which it goes on by itself, so that a failing test ends."""

    def __init__(self, card: Card, device: str = "cpu") -> None:
        super().__init__(card, device)
        self.begun = Semaphore(0)
        """One release for each call."""
        self.gate = Event()

    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        self.begun.release()
        self.gate.wait(self.patience)
        return super().serve(shots)
