"""Links that open one file for a while, for nobody who changed a letter."""

import subprocess
import sys
from urllib.parse import unquote

import pytest

from alttext_local.errors import BadSettings, LinkExpired, NotFound
from alttext_local.jobs.files import LocalFiles, key_of
from alttext_local.jobs.links import FILES, Links, download_name, download_url, link_secret

SECRET = bytes(range(32))
BASE = "https://alt.example/"
DAY = 86_400


class Clock:
    def __init__(self):
        self.now = 20_000 * DAY + 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def links(clock):
    return Links(SECRET, BASE, DAY, clock)


def parts(url):
    assert url.startswith(BASE.rstrip("/") + FILES)
    token, name = url.removeprefix(BASE.rstrip("/") + FILES).split("/")
    return token, unquote(name)


@pytest.mark.parametrize("which", ["input", "output"])
@pytest.mark.parametrize("name", ["", "figures.zip", "Übung 3 (a&b) 100%.zip", "東京.zip", "a\ud800.zip"])
def test_a_link_opens_what_it_was_made_for(links, which, name):
    assert links.open(*parts(links.sign("job-1", which, name))) == ("job-1", which)


def test_without_a_name_it_is_the_name_in_the_store(links):
    assert parts(links.sign("job-1", "input"))[1] == key_of("job-1", "input") == "job-1-input.zip"


def test_no_letter_can_be_changed(links):
    token, name = parts(links.sign("job-1", "output"))
    for place, letter in enumerate(token[:-1]):  # of the last letter, base64 uses only some bits
        other = "A" if letter != "A" else "B"
        with pytest.raises(NotFound):
            links.open(token[:place] + other + token[place + 1 :], name)


@pytest.mark.parametrize("token", ["", ".", "a.b", "é", "a" * 100_000, "W10.x", "\ud800"])
def test_nonsense_is_not_found(links, token):
    with pytest.raises(NotFound):
        links.open(token, "a.zip")


def test_another_name_another_job_and_another_house_open_nothing(links, clock):
    token, name = parts(links.sign("job-1", "output"))
    other_token, _ = parts(links.sign("job-2", "output"))
    mixed = other_token.rpartition(".")[0] + "." + token.rpartition(".")[2]
    for wrong_token, wrong_name in ((token, "invoice.exe"), (mixed, name), (mixed, "job-2-output.zip")):
        with pytest.raises(NotFound):
            links.open(wrong_token, wrong_name)
    with pytest.raises(NotFound):
        Links(SECRET[::-1], BASE, DAY, clock).open(token, name)


def test_a_link_lasts_its_time_and_not_twice_that(links, clock):
    address = parts(links.sign("job-1", "output"))
    clock.now += DAY
    assert links.open(*address)
    clock.now += DAY
    with pytest.raises(LinkExpired):
        links.open(*address)


@pytest.mark.parametrize("second", [0, 1, DAY - 1])
def test_a_link_works_for_the_time_that_was_promised_whenever_it_is_made(links, clock, second):
    clock.now = 20_000 * DAY + second
    address = parts(links.sign("job-1", "output"))
    clock.now += DAY
    assert links.open(*address)


def test_links_of_one_period_are_the_same_and_of_the_next_are_not(links, clock):
    first = links.sign("job-1", "output")
    clock.now += DAY / 2
    assert links.sign("job-1", "output") == first
    clock.now += DAY
    assert links.sign("job-1", "output") != first


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\a.zip", "a.zip"),
        ("..", ""),
        ("a/", ""),
        ('a"\r\nb:c?.zip', "a___b_c_.zip"),
        ("x" * 500 + ".zip", "x" * 120 + ".zip"),
        ("x" * 500, "x" * 120),
        ("a." + "y" * 500, "a." + "y" * 118),
    ],
)
def test_names_can_be_saved_anywhere(given, shown):
    assert download_name(given) == shown


def test_a_folder_is_served_by_links_of_ours(tmp_path, links):
    assert download_url(LocalFiles(tmp_path), links, "job-1", "input", "a.zip") == links.sign("job-1", "input", "a.zip")


def test_the_secret_is_made_once_and_for_the_owner_alone(tmp_path):
    folder = tmp_path / "data"
    secret = link_secret(folder)
    assert len(secret) == 32
    assert link_secret(folder) == secret
    assert (folder / "link-secret").stat().st_mode & 0o777 == 0o600
    assert link_secret(tmp_path / "other") != secret


def test_processes_that_start_at_once_have_one_secret(tmp_path):
    code = "import sys; from pathlib import Path; from alttext_local.jobs.links import link_secret"
    command = [sys.executable, "-c", f"{code}; print(link_secret(Path(sys.argv[1])).hex())", str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({process.communicate()[0] for process in running}) == 1


@pytest.mark.parametrize("content", ["", "abcd", "no hex at all", "zz" * 32, "é"])
def test_a_damaged_secret_is_refused(tmp_path, content):
    (tmp_path / "link-secret").write_text(content)
    with pytest.raises(BadSettings, match="link-secret"):
        link_secret(tmp_path)
