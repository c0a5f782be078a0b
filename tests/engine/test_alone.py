"""Adapters and engine need no server and no database: a program of its own that has none of them answers a picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from pathlib import Path

FORBIDDEN = {"fastapi", "starlette", "uvicorn", "multipart", "python_multipart", "sqlalchemy", "alembic", "dbos"}
FORBIDDEN |= {"psycopg", "obstore", "structlog", "rapidfuzz", "yake", "pytesseract", "tesserocr", "itsdangerous"}
FORBIDDEN |= {"pydantic_settings"}


class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(name, name=name)


sys.meta_path.insert(0, Absent())

import torch

from alttext_local.adapters.adapter import FAMILIES, load_adapter
from alttext_local.catalogue import load_catalogue
from alttext_local.engine.engine import Engine
from alttext_local.engine.sample_pictures import sample_pictures
from alttext_local.types import Ask, Shot

torch.set_num_threads(1)
for name in FAMILIES:
    __import__(f"alttext_local.adapters.{name}")
engine = Engine(load_catalogue(Path("models/catalogue.toml")), device="cpu")
engine.start(["alttext-mini-llava"])
asks = (Ask("kind", "kind", 0, ("photograph", "bar chart")), Ask("caption", "caption", 24))
kind, caption = engine.submit(engine.card("alttext-mini-llava"), Shot(sample_pictures()[1], asks)).result(60)
engine.close()
assert max(kind.scores, key=kind.scores.get) == "bar chart", kind.scores
assert not FORBIDDEN & {name.partition(".")[0] for name in sys.modules}
print(caption.text)
"""


def test_a_picture_is_answered_without_server_and_database():
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.split()) >= 3
