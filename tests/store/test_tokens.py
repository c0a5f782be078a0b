import hashlib
import string
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from alttext_local.store.database import reading
from alttext_local.store.tokens import StaticTokens, Tokens


@pytest.fixture
def tokens(db):
    return Tokens(db)


def test_a_token_lets_its_owner_in(tokens):
    token = tokens.create("reader")
    owner = tokens.owner(token)
    assert owner == hashlib.sha256(token.encode()).hexdigest()[:16]
    assert tokens.owner(token) == owner


def test_a_token_has_256_random_bits(tokens):
    made = {tokens.create("x") for _ in range(20)}
    assert len(made) == 20
    for token in made:
        secret = token.removeprefix("alttext_")
        assert len(secret) == 43
        assert set(secret) <= set(string.ascii_letters + string.digits + "-_")


def test_a_token_is_shown_once_and_only_its_hash_is_kept(tokens, db, tmp_path):
    token = tokens.create("secret one")
    with reading(db) as connection:
        row = connection.execute(text("SELECT * FROM tokens")).mappings().one()
    assert token not in str(row)
    assert row["sha256"] == hashlib.sha256(token.encode()).hexdigest()
    db.dispose()
    for file in tmp_path.iterdir():
        assert token.encode() not in file.read_bytes()


CHANGES = {
    "other case": str.swapcase,
    "shorter": lambda token: token[:-1],
    "longer": lambda token: token + "a",
    "blank before": lambda token: " " + token,
    "blank after": lambda token: token + " ",
    "empty": lambda token: "",
    "its hash": lambda token: hashlib.sha256(token.encode()).hexdigest(),
    "no text": lambda token: "\udcff",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_nothing_like_a_token_is_one(tokens, change):
    assert tokens.owner(change(tokens.create("x"))) is None


def test_a_hash_that_shares_only_the_public_part_is_not_let_in(tokens, db):
    token = tokens.create("x")
    with db.begin() as connection:
        connection.execute(text("UPDATE tokens SET sha256 = substr(sha256, 1, 16) || :zeros"), {"zeros": "0" * 48})
    assert tokens.owner(token) is None


def test_the_list_shows_what_may_be_shown(tokens):
    first, second = tokens.create("one"), tokens.create("two")
    shown = {info.name: info for info in tokens.list()}
    assert set(shown) == {"one", "two"}
    assert shown["one"].last_four == first[-4:]
    assert shown["two"].id == tokens.owner(second)
    age = datetime.now(UTC) - datetime.fromisoformat(shown["one"].created)
    assert 0 <= age.total_seconds() < 60


def test_a_revoked_token_is_let_in_no_more(tokens):
    kept, gone = tokens.create("kept"), tokens.create("gone")
    assert tokens.revoke(tokens.owner(gone)) is True
    assert tokens.owner(gone) is None
    assert tokens.owner(kept) is not None
    assert tokens.revoke("0" * 16) is False


def test_static_tokens():
    static = StaticTokens(("alpha", "beta"))
    assert static.owner("alpha") == hashlib.sha256(b"alpha").hexdigest()[:16]
    assert static.owner("beta") != static.owner("alpha")
    assert static.owner("gamma") is None
    assert StaticTokens(()).owner("") is None


def test_both_kinds_know_an_owner_by_the_same_id(tokens):
    token = tokens.create("x")
    assert StaticTokens((token,)).owner(token) == tokens.owner(token)
