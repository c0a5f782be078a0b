"""Alternative text for images, made where the images are. For notebooks: `from alttext_local import describe`.

The Hugging Face libraries read these switches once, when they are first imported, so they are set
here, before any module of the package can import them: nothing of ours ever asks a hub.
"""

import importlib
import os
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`describe`, which is imported when it is first wanted: everything else of the package does without it."""
    if name == "describe":
        return importlib.import_module("alttext_local.python_door").describe
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
