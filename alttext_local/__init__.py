"""Alternative text for images, made where the images are.

The Hugging Face libraries read these switches once, when they are first imported, so they are set
here, before any module of the package can import them: nothing of ours ever asks a hub.
"""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

__version__ = "0.1.0"
