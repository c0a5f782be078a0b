import pytest
from sqlalchemy import text

from alttext_local.store.cache import DAY, ResultCache
from alttext_local.store.database import reading


class Clock:
    def __init__(self):
        self.time = 1_700_000_000.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(db, clock):
    return ResultCache(db, days=2, entries=3, now=clock)


def test_what_was_put_is_got(cache):
    document = {"alt_text": "Ein Mädchen 🦊", "keywords": ["a", "b"], "n": 0.25, "none": None}
    cache.put("k", "me", document)
    assert cache.get("k", "me") == document
    assert cache.get("other", "me") is None


def test_a_document_is_seen_by_its_owner_alone(cache):
    cache.put("k", "me", {"whose": "mine"})
    assert cache.get("k", "you") is None
    cache.put("k", "you", {"whose": "yours"})
    assert cache.get("k", "me") == {"whose": "mine"}
    assert cache.get("k", "you") == {"whose": "yours"}


def test_the_new_replaces_the_old(cache, db):
    cache.put("k", "me", {"n": 1})
    cache.put("k", "me", {"n": 2})
    assert cache.get("k", "me") == {"n": 2}
    with reading(db) as connection:
        assert connection.scalar(text("SELECT count(*) FROM results")) == 1


def test_an_entry_expires(cache, clock):
    cache.put("k", "me", {"n": 1})
    clock.time += 2 * DAY - 1
    assert cache.get("k", "me") == {"n": 1}
    clock.time += 1
    assert cache.get("k", "me") is None


def test_the_oldest_go_when_there_are_too_many(cache):
    for i in range(5):
        cache.put(f"k{i}", "me", {"n": i})
    assert [cache.get(f"k{i}", "me") is not None for i in range(5)] == [False, False, True, True, True]


def test_replacing_makes_an_entry_young_again(cache):
    for i in (0, 1, 2, 0, 3):
        cache.put(f"k{i}", "me", {"n": i})
    assert cache.get("k0", "me") == {"n": 0}
    assert cache.get("k1", "me") is None


def test_no_days_or_no_entries_is_no_cache(db, clock):
    for cache in (ResultCache(db, 0, 10, clock), ResultCache(db, 10, 0, clock)):
        cache.put("k", "me", {})
        assert cache.get("k", "me") is None


def test_purging_erases_the_bytes_too(cache, clock, db, tmp_path):
    cache.put("k", "me", {"alt_text": "unmistakable words"})
    clock.time += 3 * DAY
    assert cache.purge() == 1
    assert cache.purge() == 0
    for file in tmp_path.iterdir():
        assert b"unmistakable words" not in file.read_bytes()


def test_another_process_sees_it_after_a_restart(cache, db, clock):
    cache.put("k", "me", {"n": 1})
    db.dispose()
    assert ResultCache(db, 2, 3, clock).get("k", "me") == {"n": 1}
