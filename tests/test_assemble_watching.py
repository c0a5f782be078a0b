"""A house that was assembled tells what it did: in its figures, in its audit log, and in the log's profile."""

import io
import json
import logging
import re
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy.exc import SQLAlchemyError

from alttext_local.assemble import assembled
from alttext_local.assemble_jobs import job_parts
from alttext_local.assemble_watching import watch_jobs, watchers
from alttext_local.audit import Audit
from alttext_local.errors import UnreadableImage
from alttext_local.figures import Figures, merged
from alttext_local.log import bind_request
from alttext_local.passage import Passage
from alttext_local.settings import Settings
from alttext_local.types import Request
from tests.doubles.honest import Honest

ROOT = Path(__file__).resolve().parents[1]
DASHBOARD = ROOT / "deploy" / "grafana" / "alttext-local.json"


def picture():
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The figures, the audit log and the profile after two images, one from the cache, and one that is broken."""
    folder = tmp_path_factory.mktemp("house")
    settings = Settings(data_dir=folder, models_dir=ROOT / "models", profile=True, decode_workers=1, ocr_workers=1)
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("alttext_local.assemble_watching")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    with assembled(settings, load=lambda card, device: Honest(card, device)) as parts:
        token = parts.tokens.create("Ward 3")
        owner = parts.tokens.owner(token)
        desk = job_parts(settings, parts.database, parts.catalogue.names()).desk
        watch_jobs(parts.figures, desk.ledger)
        desk.ledger.beat("somebody")
        parts.engine.start(["gpt-4o"])
        request = Request("gpt-4o", generate_ocr=True)
        with bind_request("the-request"):
            for _ in range(2):
                parts.describer.describe(picture(), request, owner)
        with pytest.raises(UnreadableImage):
            parts.describer.describe(picture()[:50], request, owner)
        text = merged(parts.figures.text(), settings.figures_dir)
    logger.removeHandler(handler)
    audit = [json.loads(line) for path in settings.audit_dir.iterdir() for line in path.read_text().splitlines()]
    return text, audit, [record for record in records if record.getMessage() == "profile"]


def test_the_figures_tell_what_was_done(told):
    text, _, _ = told
    for piece in (
        r'alttext_images_total{model="[^"]+",outcome="described",process="server"} 2.0',
        r'alttext_image_failures_total{code="unreadable_image",process="server"} 1.0',
        r'alttext_cache_lookups_total{process="server",result="hit"} 1.0',
        r'alttext_step_seconds_count{process="server",step="model"} 1.0',
        r'alttext_step_seconds_count{process="server",step="ocr"} 1.0',
        r'alttext_batch_shots_count{model="[^"]+",process="server"} 1.0',
        r'alttext_queue_shots{process="server",state="waiting"} 0.0',
        r'alttext_ready{process="server"} 1.0',
        r'alttext_worker_seen_timestamp_seconds{process="server"} \d',
    ):
        assert re.search(piece, text), piece


def test_the_audit_log_tells_who_and_no_contents(told):
    _, audit, _ = told
    assert [line["code"] for line in audit] == ["described", "described", "unreadable_image"]
    assert [line["cache"] for line in audit] == ["miss", "hit", "miss"]
    assert {line["who"] for line in audit} == {"Ward 3"}
    assert {len(line["sha256"]) for line in audit} == {64}


def test_the_profile_is_a_line_for_each_image(told):
    _, _, profile = told
    assert len(profile) == 3
    first = vars(profile[0])
    for name in ("decode_ms", "ocr_ms", "model_ms", "finish_ms", "total_ms"):
        assert first[name] >= 0
    assert first["total_ms"] >= first["model_ms"]
    assert vars(profile[1])["cache"] == "hit"
    assert vars(profile[2])["code"] == "unreadable_image"


def test_a_disk_that_is_full_silences_the_audit_log_alone(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    figures = Figures()
    watch = watchers(Settings(data_dir=tmp_path), figures, Audit(tmp_path / "file" / "audit", 30))
    passage = Passage("owner", "one")
    passage.end("")
    watch(passage)
    assert "alttext_images_total" in figures.text()
    assert "the audit log cannot be written" in caplog.text


def test_the_figures_of_a_database_that_is_down_are_left_out(tmp_path):
    class Down:
        def states(self):
            raise SQLAlchemyError

        def worker_seen(self):
            raise SQLAlchemyError

    figures = Figures()
    watch_jobs(figures, Down())
    assert "alttext_images" in figures.text()


def names_of(text):
    return set(re.findall(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:{| )", text, re.MULTILINE))


def test_the_dashboard_asks_for_what_there_is(told):
    """A counter without a number yet has only its head, so heads count too, with what histograms make of them."""
    text, _, _ = told
    heads = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    there = names_of(text) | set(heads)
    there |= {
        f"{name}_{end}" for name, kind in heads.items() if kind == "histogram" for end in ("bucket", "sum", "count")
    }
    dashboard = json.loads(DASHBOARD.read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    used = {name for expr in asked for name in re.findall(r"\b(?:alttext|process)_[a-z_]+", expr)}
    assert len(asked) >= 12
    assert used <= there, used - there
    ours = {name for name in heads if name.startswith("alttext_")} - {"alttext_info", "alttext_ready"}
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
    assert ours <= shown, ours - shown
    for panel in dashboard["panels"]:
        assert panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
