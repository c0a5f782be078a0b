import json
import threading
from datetime import UTC, datetime

from alttext_local.audit import Audit
from alttext_local.passage import Passage


def lines(folder):
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def test_who_had_what_done_and_when(tmp_path):
    audit = Audit(tmp_path / "audit", 30, {"0123": "Ward 3"}.get, lambda: datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    passage = Passage("0123", "one", "ab" * 32, "hit")
    passage.end("")
    audit.note_passage(passage)
    audit.note("job", "0123", job="j-1", images=40)
    audit.note("purge", jobs=2)
    assert lines(tmp_path / "audit") == [
        {"time": "2026-03-04T05:06:07+00:00", "what": "image", "token": "0123", "who": "Ward 3", "sha256": "ab" * 32,
         "model": "one", "code": "described", "cache": "hit"},
        {"time": "2026-03-04T05:06:07+00:00", "what": "job", "token": "0123", "who": "Ward 3", "job": "j-1",
         "images": 40},
        {"time": "2026-03-04T05:06:07+00:00", "what": "purge", "jobs": 2},
    ]  # fmt: skip
    (path,) = (tmp_path / "audit").iterdir()
    assert path.name == "audit-2026-03.jsonl"
    assert path.stat().st_mode & 0o077 == 0


def test_old_months_go(tmp_path):
    for month in ("2025-01", "2025-12", "2026-01"):
        (tmp_path / f"audit-{month}.jsonl").write_text("{}\n")
    Audit(tmp_path, 60, now=lambda: datetime(2026, 2, 20, tzinfo=UTC)).note("start")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"audit-{m}.jsonl" for m in ("2025-12", "2026-01", "2026-02")]


def test_an_audit_log_that_is_not_wanted_is_not_written(tmp_path):
    Audit(tmp_path / "audit", 0).note("job", "0123")
    assert not (tmp_path / "audit").exists()


def test_lines_of_several_processes_do_not_mix(tmp_path):
    audits = [Audit(tmp_path, 30) for _ in range(4)]

    def write(number):
        for count in range(50):
            audits[number].note("image", images=count, job="j" * 200)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(tmp_path)) == 200
