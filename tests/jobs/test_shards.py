"""One shard after another, with archives and a ledger that are real and with describers that misbehave."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select

from alttext_local.errors import BrokenModel
from alttext_local.jobs.files import key_of
from alttext_local.jobs.job import Item, Progress
from alttext_local.jobs.ledger import CAUTIOUS, Order
from alttext_local.jobs.precedence import Precedence
from alttext_local.jobs.shards import ASK_SECONDS, DEADLY, GONE, PATIENCE, WINDOW_BYTES
from alttext_local.store.tables import SHARDS
from alttext_local.types import Request
from tests.jobs import bulk, zips
from tests.jobs.bulk import OWNER, Crash, Down, Honest, Mute, Odd, Poisoned, Refuses, Slow, bytes_of, items


def texts(house, job):
    """Of each image: its text, or the code of its failure."""
    return [r.answer["alt_text"] if r.answer else r.code for r in house.ledger.results(job)]


def good(count):
    return [f"A text about {bytes_of(item).decode()}." for item in items(count)]


def tries(house, job):
    with house.database.connect() as connection:
        return connection.scalar(select(SHARDS.c.tries).where(SHARDS.c.job == job))


def finished(house, job):
    return house.ledger.to_finish() == (job,)


def test_each_image_gets_one_result_and_the_shard_is_done(house):
    job, describer = house.job(40), Honest()
    for shard in (0, 1):
        house.shards(describer).do(job, shard)
    assert texts(house, job) == good(40)
    assert describer.seen == [bytes_of(item) for item in items(40)]
    assert describer.owners == {OWNER}
    assert finished(house, job)
    assert house.sleeps == []


def test_a_shard_that_is_done_is_not_done_again(house):
    job, describer = house.job(2), Honest()
    for _ in range(2):
        house.shards(describer).do(job, 0)
    assert len(describer.seen) == 2


def test_the_model_is_asked_for_by_all_its_names_once(house):
    wishes = [Request("gpt-4o"), Request("gpt-4o-mini"), Request("gpt-4o")]
    made = tuple(Item(n, f"{n}.png", f"{n}.png", f"{n}.png", wish) for n, wish in enumerate(wishes))
    job, asked = house.store(Order(OWNER, "a.zip", made)), []
    house.shards(lambda models: asked.append(models) or Honest()).do(job, 0)
    assert asked[0] == ("gpt-4o", "gpt-4o-mini")


@pytest.mark.parametrize("kind", [Crash, Down])
def test_a_model_that_is_down_is_waited_for(house, kind):
    job = house.job(4)
    house.shards(kind(12)).do(job, 0)
    assert texts(house, job) == good(4)
    assert house.sleeps == sorted(house.sleeps)
    assert len(house.sleeps) >= 3


def test_pauses_grow_to_a_limit(house):
    job = house.job(1)
    house.shards(Down(40)).do(job, 0)
    assert texts(house, job) == good(1)
    assert (house.sleeps[0], house.sleeps[-1], len(house.sleeps)) == (0.2, 20.0, 40)


def test_a_broken_model_is_waited_for_until_somebody_has_mended_it(house):
    job, left = house.job(2), [BrokenModel()] * 30

    def describer(models):
        if left:
            raise left.pop()
        return Honest()

    house.shards(describer).do(job, 0)
    assert texts(house, job) == good(2)
    assert len(house.sleeps) == 30


def test_an_image_that_takes_the_model_down_each_time_is_its_own_failure(house):
    job = house.job(6)
    house.shards(Poisoned(bytes_of(items(6)[2]))).do(job, 0)
    expected = good(6)
    expected[2] = "model_down"
    assert texts(house, job) == expected
    assert len(house.sleeps) < PATIENCE
    assert finished(house, job)


def test_so_is_one_that_is_alone(house):
    job = house.job(1)
    house.shards(Poisoned(bytes_of(items(1)[0]))).do(job, 0)
    assert texts(house, job) == ["model_down"]
    assert len(house.sleeps) == PATIENCE
    assert sum(house.sleeps) > 60


def test_a_full_house_is_asked_again(house):
    job = house.job(3)
    house.shards(Refuses(7)).do(job, 0)
    assert texts(house, job) == good(3)
    assert len(house.sleeps) == 7


def test_nobody_waits_at_a_full_house_for_a_job_that_was_cancelled(house):
    job = house.job(3)

    def sleep(seconds):
        house.sleeps.append(seconds)
        if len(house.sleeps) == 5:
            house.ledger.cancel(job)
            time.sleep(1.2 * ASK_SECONDS)

    house.shards(Refuses(10**9), sleep=sleep).do(job, 0)
    assert len(house.sleeps) == 5
    assert texts(house, job) == []


def test_a_model_that_says_nothing_fails_the_image_only(house):
    job = house.job(3)
    house.shards(Mute()).do(job, 0)
    assert texts(house, job) == ["empty_answer"] * 3
    assert house.ledger.job(job).progress == Progress(3, 3, 3)
    assert house.sleeps == []


def test_trouble_that_nobody_thought_of_is_a_failure_that_tells_nothing(house, caplog):
    job = house.job(2)
    house.shards(Odd()).do(job, 0)
    assert texts(house, job) == ["internal"] * 2
    assert not any("secret" in result.message for result in house.ledger.results(job))
    assert "RuntimeError" in caplog.text


def test_a_damaged_entry_and_a_missing_one_are_their_own_failures(house):
    made = (*items(2), Item(2, "away.png", "Images/away.png", "Images/away.png", Request(bulk.MODEL)))
    job = house.ledger.open_job(Order(OWNER, "a.zip", made))
    one, two = items(2)
    damaged = zips.File(one.entry, bytes_of(one), 0, local={"crc": 1}, central={"crc": 1})
    part = house.folder / "files" / "upload-test"
    part.write_bytes(zips.pack(damaged, zips.File(two.entry, bytes_of(two)), zips.CONFIG))
    house.files.put(part, key_of(job, "input"))
    house.shards(Honest()).do(job, 0)
    assert texts(house, job) == ["unreadable_image", good(2)[1], "unreadable_image"]


def test_what_was_hopeless_from_the_beginning_needs_no_model(house):
    hopeless = Item(0, "a.png", "x/a.png", failure="x/a.png is not in the ZIP.")
    job = house.ledger.open_job(Order(OWNER, "a.zip", (hopeless,)))

    def describer(models):
        raise AssertionError("a model was asked for")

    house.shards(describer).do(job, 0)
    (result,) = house.ledger.results(job)
    assert (result.message, result.code, result.file_ref) == ("x/a.png is not in the ZIP.", "not_in_archive", "x/a.png")
    assert finished(house, job)


def test_an_upload_that_is_gone_ends_the_job_all_the_same(house):
    job = house.job(3)
    house.files.delete(key_of(job, "input"))
    house.shards(Honest()).do(job, 0)
    assert {result.message for result in house.ledger.results(job)} == {GONE}
    assert len(house.sleeps) == PATIENCE - 1
    assert finished(house, job)


def test_an_upload_that_is_away_for_a_moment_is_waited_for(house):
    job = house.job(3)
    path = house.files.path(key_of(job, "input"))
    path.rename(house.folder / "aside")

    def sleep(seconds):
        house.sleeps.append(seconds)
        if len(house.sleeps) == 4:
            (house.folder / "aside").rename(path)

    house.shards(Honest(), sleep=sleep).do(job, 0)
    assert texts(house, job) == good(3)


def test_a_disk_that_cannot_be_read_is_waited_for(house):
    job = house.job(3)
    path = house.files.path(key_of(job, "input"))
    path.rename(house.folder / "aside")
    path.mkdir()  # reading it is an OSError

    def sleep(seconds):
        house.sleeps.append(seconds)
        if len(house.sleeps) == 20:
            path.rmdir()
            (house.folder / "aside").rename(path)

    house.shards(Honest(), sleep=sleep).do(job, 0)
    assert texts(house, job) == good(3)
    assert len(house.sleeps) == 20


class CancelsAt(Honest):
    def __init__(self, at, action):
        super().__init__()
        self.at, self.action = at, action

    def describe(self, data, request):
        if len(self.seen) == self.at:
            self.action()
        return super().describe(data, request)


def test_a_job_that_is_cancelled_in_the_middle_keeps_what_is_done(house):
    job = house.job(10)

    def cancel():
        house.ledger.cancel(job)
        time.sleep(1.2 * ASK_SECONDS)

    describer = CancelsAt(4, cancel)
    house.shards(describer).do(job, 0)
    assert len(describer.seen) == 4
    assert texts(house, job) == good(10)[:4]
    house.shards(describer).do(job, 0)
    assert len(describer.seen) == 4


def test_who_is_stopped_in_the_middle_leaves_the_rest_to_the_next(house):
    job, stop = house.job(10), []
    first, second = CancelsAt(4, lambda: stop.append(True)), Honest()
    house.shards(first, lambda: bool(stop)).do(job, 0)
    assert not finished(house, job)
    assert len(house.ledger.undone(job, 0)) == 6
    house.shards(second).do(job, 0)
    assert texts(house, job) == good(10)
    assert first.seen + second.seen == [bytes_of(item) for item in items(10)]


def test_to_be_stopped_is_no_trial(house):
    job, stop = house.job(3), []
    describer = Down(10**9)

    def sleep(seconds):
        stop.append(True)

    for _ in range(DEADLY + 2):
        stop.clear()
        house.shards(describer, lambda: bool(stop), sleep).do(job, 0)
    assert tries(house, job) == 0


class Killed(BaseException):
    """`kill -9`, as far as a test in one process can have it."""


def killed(*_):
    raise Killed


def die_in(house, job, describer):
    with pytest.raises(Killed):
        house.shards(describer).do(job, 0)


class DiesOver(Honest):
    """The process dies over one image."""

    def __init__(self, poison):
        super().__init__()
        self.poison = poison

    def submit(self, data, request, owner):
        if data == self.poison:
            raise Killed
        return super().submit(data, request, owner)


def test_to_die_while_the_model_is_loaded_is_no_trial_of_the_images(house):
    job = house.job(2)
    for _ in range(2 * DEADLY):
        die_in(house, job, killed)
    assert (tries(house, job), house.ledger.job(job).state) == (0, "Queued")


def test_after_some_deaths_it_goes_image_by_image(house):
    job = house.job(6)
    for _ in range(CAUTIOUS):
        house.ledger.begin(job, 0)
    describer = Slow(1, 6)
    house.shards(describer).do(job, 0)
    assert describer.most == 1
    assert len(texts(house, job)) == 6


def test_after_more_deaths_the_image_in_hand_is_given_up_and_no_other(house):
    job = house.job(3)
    for _ in range(DEADLY):
        house.ledger.begin(job, 0)
    house.shards(Honest()).do(job, 0)
    assert texts(house, job) == ["worker_died", *good(3)[1:]]


def test_an_image_that_kills_the_worker_costs_few_lives_wherever_it_stands(house):
    job = house.job(20)
    describer, lives = DiesOver(bytes_of(items(20)[15])), 0
    while not finished(house, job):
        lives += 1
        try:
            house.shards(describer).do(job, 0)
        except Killed:
            assert lives < 2 * DEADLY
    expected = good(20)
    expected[15] = "worker_died"
    assert texts(house, job) == expected


def test_no_more_bytes_are_in_hand_than_the_window_has(house):
    size = 24 * 1024 * 1024
    made = items(6)
    entries = {item.entry: b"x" * size for item in made}
    job = house.job(6, **entries)
    describer = Slow(WINDOW_BYTES // size + 1, 6)
    house.shards(describer).do(job, 0)
    assert describer.most == WINDOW_BYTES // size + 1
    assert len(texts(house, job)) == 6


def test_people_go_first(house):
    job, describer, person = house.job(2), Honest(), Precedence(house.folder / "people.lock")
    work = threading.Thread(target=house.shards(describer).do, args=(job, 0))
    with person.somebody_waits():
        work.start()
        work.join(0.3)
        assert describer.seen == []
    work.join(30)
    assert texts(house, job) == good(2)
    person.close()
