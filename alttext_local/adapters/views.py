"""The card's `tiles` for the image processors of chat models: how much of a picture's detail is looked at.

More views show smaller things and cost their share of time each. It is an explicit setting, 0 leaves the folder's own.

- **Idefics3, SmolVLM** cut a picture in squares and look at it as a whole beside them. 1: only the whole; otherwise the
  largest square grid that fits: 2 x 2 squares and the whole for 5, 3 x 3 for 10.
- **Qwen2.5-VL** looks at a picture once, at a resolution of its own: a view is 448 x 448 pixels (256 tokens), so 5 are
  1,003,520 pixels, which transformers takes where a folder says nothing.
- **Gemma 3** looks once, whatever is set: its processor leaves crops (pan and scan) off. So do others.
"""

from __future__ import annotations

from math import isqrt
from typing import Any

VIEW_PIXELS = 448 * 448
"""One view of a model that takes pictures at any resolution."""


def limit_views(pictures: Any, tiles: int) -> None:
    """Let an image processor give at most `tiles` views, the whole picture counted as one; 0: as it is."""
    if not tiles:
        return
    size = pictures.size
    if hasattr(pictures, "do_image_splitting"):
        side = isqrt(tiles - 1)
        pictures.do_image_splitting = bool(pictures.do_image_splitting and side > 1)
        longest = max(side, 1) * pictures.max_image_size["longest_edge"]
        pictures.size = type(size)(longest_edge=min(size["longest_edge"], longest))
    elif hasattr(pictures, "merge_size"):
        most = min(size["longest_edge"], tiles * VIEW_PIXELS)
        pictures.size = type(size)(longest_edge=most, shortest_edge=min(size["shortest_edge"], most))
