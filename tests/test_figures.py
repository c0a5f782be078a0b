import os
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from alttext_local.figures import Figures, merged
from alttext_local.passage import Passage


def passage(card="one", code="", cache="miss", **seconds):
    made = Passage("owner-of-a-secret", card, "a-hash", cache)
    for step in seconds:
        made.note(step, time.perf_counter() - seconds[step])
    made.end(code)
    return made


def numbers(text):
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, *(f"{k}={v}" for k, v in sorted(sample.labels.items()))] = sample.value
    return found


def test_images_are_counted_by_how_they_ended():
    figures = Figures()
    figures.note_passage(passage(decode=0.02, model=1.2))
    figures.note_passage(passage(cache="hit"))
    figures.note_passage(passage(code="unreadable_image", decode=0.02))
    figures.note_passage(passage(code="cancelled"))
    found = numbers(figures.text())
    assert found["alttext_images_total", "model=one", "outcome=described"] == 2
    assert found["alttext_images_total", "model=one", "outcome=failed"] == 1
    assert found["alttext_images_total", "model=one", "outcome=cancelled"] == 1
    assert found["alttext_image_failures_total", "code=unreadable_image"] == 1
    assert found["alttext_cache_lookups_total", "result=hit"] == 1
    assert found["alttext_step_seconds_count", "step=decode"] == 2
    assert found["alttext_step_seconds_sum", "step=model"] == pytest.approx(1.2, abs=0.1)
    assert found["alttext_step_seconds_bucket", "le=1.0", "step=model"] == 0
    assert found["alttext_step_seconds_bucket", "le=2.5", "step=model"] == 1


def test_nothing_that_tells_a_person_or_a_picture_is_in_the_figures():
    figures = Figures()
    figures.note_passage(passage(decode=1))
    assert "owner-of-a-secret" not in figures.text()
    assert "a-hash" not in figures.text()


def test_what_is_watched_is_read_when_it_is_asked_for():
    figures, waiting = Figures(), [1]
    figures.watch("alttext_queue_shots", "Waiting.", ("state",), lambda: [(("waiting",), waiting[0])])
    figures.watch("alttext_outbound", "Out.", (), lambda: [((), 3)], grows=True)
    assert numbers(figures.text())["alttext_queue_shots", "state=waiting"] == 1
    waiting[0] = 7
    assert numbers(figures.text())["alttext_queue_shots", "state=waiting"] == 7
    assert numbers(figures.text())["alttext_outbound_total",] == 3


def test_a_workers_figures_stand_beside_the_servers(tmp_path):
    server, worker = Figures(), Figures()
    server.note_passage(passage())
    for _ in range(3):
        worker.note_passage(passage())
    worker.note_batch("one", 3)
    worker.write(tmp_path, "host-1")
    text = merged(server.text(), tmp_path)
    found = numbers(text)
    assert found["alttext_images_total", "model=one", "outcome=described", "process=server"] == 1
    assert found["alttext_images_total", "model=one", "outcome=described", "process=worker host-1"] == 3
    assert found["alttext_batch_shots_sum", "model=one", "process=worker host-1"] == 3
    assert text.count("# TYPE alttext_images_total counter") == 1
    assert "_created" not in text


def test_a_worker_that_is_long_gone_is_not_shown(tmp_path):
    worker = Figures()
    worker.note_passage(passage())
    worker.write(tmp_path, "host-1")
    os.utime(tmp_path / "host-1.prom", (1, 1))
    assert "host-1" not in merged(Figures().text(), tmp_path)
    assert 'process="worker' not in merged(Figures().text(), tmp_path / "nowhere")
