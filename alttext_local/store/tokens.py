"""Who may ask: tokens, of which only the hash is kept.

A token is 256 random bits, so that its plain SHA-256 cannot be searched. The owner that the rest of the
house knows is the beginning of that hash: stable, short, and nothing that lets anybody in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, insert, select

from alttext_local.store.database import reading
from alttext_local.store.tables import TOKENS

PREFIX = "alttext_"
"""So that a scanner for leaked secrets can know one when it sees it."""
ID_LENGTH = 16


@dataclass(frozen=True)
class TokenInfo:
    """What may be shown of a token after it was made. `id` is also the owner."""

    id: str
    name: str
    created: str
    """UTC, ISO 8601."""
    last_four: str


class Tokens:
    """The tokens in the database."""

    def __init__(self, db: Engine) -> None:
        self._db = db

    def create(self, name: str) -> str:
        """Make a token and return it: the only time that it can be seen."""
        token = PREFIX + secrets.token_urlsafe(32)
        digest = _digest(token)
        row = {
            "id": digest[:ID_LENGTH],
            "name": name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "sha256": digest,
            "last_four": token[-4:],
        }
        with self._db.begin() as connection:
            connection.execute(insert(TOKENS).values(row))
        return token

    def list(self) -> tuple[TokenInfo, ...]:
        """Every token that is valid, oldest first."""
        columns = (TOKENS.c.id, TOKENS.c.name, TOKENS.c.created, TOKENS.c.last_four)
        with reading(self._db) as connection:
            rows = connection.execute(select(*columns).order_by(TOKENS.c.created, TOKENS.c.id)).all()
        return tuple(TokenInfo(*row) for row in rows)

    def name_of(self, owner: str) -> str:
        """What the token with this id is called; empty where there is none any more."""
        with reading(self._db) as connection:
            return connection.scalar(select(TOKENS.c.name).where(TOKENS.c.id == owner)) or ""

    def ids_of(self, name: str) -> tuple[str, ...]:
        """The ids of the tokens of this name, or of this id."""
        wanted = select(TOKENS.c.id).where((TOKENS.c.name == name) | (TOKENS.c.id == name))
        with reading(self._db) as connection:
            return tuple(connection.scalars(wanted))

    def revoke(self, token_id: str) -> bool:
        """Let a token in no more; whether there was one of that id."""
        with self._db.begin() as connection:
            return connection.execute(delete(TOKENS).where(TOKENS.c.id == token_id)).rowcount > 0

    def owner(self, token: str) -> str | None:
        """Whose token this is; None for one that is not known.

        The row is found by the public part of the hash; the whole hash is then compared in constant time.
        """
        digest = _digest(token)
        with reading(self._db) as connection:
            kept = connection.scalar(select(TOKENS.c.sha256).where(TOKENS.c.id == digest[:ID_LENGTH]))
        return digest[:ID_LENGTH] if kept is not None and hmac.compare_digest(kept, digest) else None


class StaticTokens:
    """Tokens that the operator has set; nothing is stored."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._digests = tuple(_digest(token) for token in tokens)

    def name_of(self, owner: str) -> str:  # noqa: ARG002
        """Static tokens have no names."""
        return ""

    def owner(self, token: str) -> str | None:
        """Whose token this is; None for one that is not known. Every token is compared, in constant time."""
        digest = _digest(token)
        same = [hmac.compare_digest(kept, digest) for kept in self._digests]
        return digest[:ID_LENGTH] if any(same) else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
