"""Reading talks, for a channel that shows the whole conversation; and giving up a credential."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile, takewhile
from typing import Any

from sqlalchemy import bindparam, select, update

from flows.message import Message
from flows.session import Media
from storage import models, windows
from storage.database import Database
from storage.models import table
from storage.secrets import Erased
from storage.turns import Writer
from storage.vault import Vault
from storage.work import media_of, unmasked

_TALK = table(models.Talk)
_MESSAGE = table(models.Message)
#: Entries behind which a question may lie that is still open.
OF_OURSELVES = 50
_FIND = select(_TALK.c.id, _TALK.c.organisation, _TALK.c.language, _TALK.c.last_said_at, _TALK.c.shown_from).where(
    _TALK.c.sender_hash == bindparam("hashed"), _TALK.c.revoked_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk as a page needs it.

    language    of the person, "" before one is known
    last        aware time at which they last sent something
    shown_from  entries before this number are not shown any more
    """

    id: int
    organisation: str
    language: str
    last: datetime
    shown_from: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the person of a talk is found: ``sender`` is their address on ``endpoint``; never logged."""

    organisation: str
    channel: str
    endpoint: str
    sender: str
    language: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the log: what we said (``message``), or what they sent (the rest)."""

    seq: int
    at: datetime
    message: Message | None = None
    text: str = ""
    choice: str = ""
    media: tuple[Media, ...] = ()


class Talks:
    """Reads what is committed. Blocking, and short: call it in a thread."""

    def __init__(self, database: Database, vault: Vault, writer: Writer) -> None:
        self._database = database
        self._vault = vault
        self._writer = writer

    def find(self, organisation: str, channel: str, endpoint: str, sender: str) -> Talk | None:
        """The talk of a person on an endpoint; None when there is none, or its credential was given up."""
        hashed = self._vault.ring.hashed("sender", organisation, channel, endpoint, sender)
        with self._database.reading() as db:
            row = db.execute(_FIND, {"hashed": hashed}).first()
        return Talk(*row) if row is not None else None

    def reach(self, number: int) -> Reach | None:
        """Where the person of talk ``number`` is found; None when it is erased, given up, or a web talk."""
        query = select(_TALK.c.organisation, _TALK.c.channel, _TALK.c.endpoint, _TALK.c.language, _TALK.c.address)
        with self._database.reading() as db:
            row = db.execute(query.where(_TALK.c.id == number, _TALK.c.revoked_at.is_(None))).mappings().first()
        if row is None or row["address"] is None:
            return None
        try:
            sender = self._vault.unseal(f"talk.address:{number}", row["address"]).decode()
        except Erased:
            return None
        return Reach(row["organisation"], row["channel"], row["endpoint"], sender, row["language"])

    def heard(self, number: int) -> tuple[datetime | None, str]:
        """When the person of talk ``number`` last wrote, and what waits for them to write (``storage.windows``)."""
        with self._database.reading() as db:
            return windows.heard(db, number)

    def since(self, talk: Talk, seq: int = 0) -> tuple[Item, ...]:
        """Entries after ``seq``, from ``talk.shown_from`` on, oldest first. A receipt is shown while it may be."""
        first = max(seq + 1, talk.shown_from)
        query = select(_MESSAGE).where(_MESSAGE.c.talk == talk.id, _MESSAGE.c.seq >= first).order_by(_MESSAGE.c.seq)
        with self._database.reading() as db:
            rows = db.execute(query).mappings().all()
        return tuple(self._item(row) for row in rows)

    def open_message(self, talk: Talk) -> tuple[int, Message] | None:
        """The message whose question is open, and its number; None when nothing is asked.

        What we say of ourselves (a milestone, news) asks and answers nothing: the question before it stays open.
        """
        query = select(_MESSAGE).where(_MESSAGE.c.talk == talk.id, _MESSAGE.c.seq >= talk.shown_from)
        with self._database.reading() as db:
            rows = db.execute(query.order_by(_MESSAGE.c.seq.desc()).limit(OF_OURSELVES)).mappings().all()
        ours = dropwhile(lambda row: row["direction"] == "in", rows)
        for row in takewhile(lambda row: row["direction"] == "out", ours):
            message = self._item(row).message
            if message is not None and message.step:
                return row["seq"], message
        return None

    def revoke(self, organisation: str, channel: str, endpoint: str, sender: str, at: datetime) -> None:
        """The credential opens nothing any more and no receipt is shown again; what was said stays on the record."""
        hashed = self._vault.ring.hashed("sender", organisation, channel, endpoint, sender)

        def give_up(db: Any) -> None:
            connection = db.connection()
            talk = connection.execute(select(_TALK.c.id).where(_TALK.c.sender_hash == hashed)).scalar()
            if talk is None:
                return
            still = (_TALK.c.id == talk) & _TALK.c.revoked_at.is_(None)
            connection.execute(update(_TALK).where(still).values(revoked_at=at))
            held = (_MESSAGE.c.talk == talk) & _MESSAGE.c.secret.is_not(None)
            connection.execute(update(_MESSAGE).where(held).values(secret=None))

        self._writer.write(give_up).result()

    def _item(self, row: Any) -> Item:
        place = f"{row['talk']}:{row['seq']}"
        body = self._vault.unseal(f"message.body:{place}", row["body"])
        if row["direction"] == "in":
            said = json.loads(body)
            media = media_of(said.get("media", []))
            return Item(row["seq"], row["at"], None, said["text"], said.get("choice", ""), media)
        message = Message.from_json(body.decode())
        if row["secret"] is not None:
            secrets = json.loads(self._vault.unseal(f"message.secret:{place}", row["secret"]))
            message = unmasked(message, tuple(secrets))
        return Item(row["seq"], row["at"], message)
