"""Takes its thread with it: raises what is no `Exception`, for as many calls as told; then it is well."""

from collections.abc import Sequence

from alttext_local.types import Answer, Shot
from tests.doubles.honest import Honest
from tests.doubles.slow import Slow


class Dies(Slow):
    """Waits at the gate first, so that a test can fill the queue behind it."""

    lives_after = 1
    """Calls, over all threads that it takes down."""
    deaths = 0
    """Counted on the class that a test makes for itself."""

    def serve(self, shots: Sequence[Shot]) -> list[tuple[Answer, ...]]:
        if type(self).deaths < self.lives_after:
            self.begun.release()
            self.gate.wait(self.patience)
            type(self).deaths += 1
            raise SystemExit("a library called exit()")
        return Honest.serve(self, shots)
