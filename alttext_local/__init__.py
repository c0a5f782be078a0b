"""Alternative text for images, made where the images are. For notebooks: `from alttext_local import describe`.

Libraries read their switches once, when they are first imported, so they are set here, before any module of the
package can import them: nothing of ours ever asks a hub.
"""

import importlib
from typing import Any

from alttext_local.offline import switch_off

switch_off()

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`describe`, which is imported when it is first wanted: everything else of the package does without it."""
    if name == "describe":
        return importlib.import_module("alttext_local.python_door").describe
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
