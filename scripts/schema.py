"""Write `schema/bulk.schema.json` from the code: `python -m scripts.schema`. A test holds the file to the code."""

from __future__ import annotations

import json
from pathlib import Path

from alttext_local.fields import FieldLimits
from alttext_local.jobs.configuration import schema
from alttext_local.settings import Settings

FILE = Path(__file__).resolve().parents[1] / "schema" / "bulk.schema.json"


def written() -> str:
    """The file's text, with the limits that a site has where it sets none."""
    default = {name: Settings.model_fields[name].default for name in ("max_prompt", "max_context")}
    return json.dumps(schema(FieldLimits(**default)), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(written(), encoding="utf-8")
