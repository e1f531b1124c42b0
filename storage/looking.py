"""Looking a record up by its number without a talk: the same words as in one, and nothing is written but what is wrong.

The page "How is mine going?" asks here. The conversation's own turns are run in memory over what is found, so that it
says exactly what the chat would say.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from flows import engine
from flows.message import Message, render
from flows.scripts import pictures, progress
from flows.session import Answer, Need, Said, Say, Session, Voice, World
from storage import guessing, models
from storage import progress as records
from storage.models import table
from storage.receipts import normalise, plausible
from storage.store import Store

_CASE = table(models.Case)
#: The picture is left out: messages stay closed.
SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look-up came to. ``state`` as ``Need("progress")`` answers; ``message`` as the chat would say it."""

    state: str
    message: Message


class Looking:
    """Looks up one number at a time, off the event loop: its hash is slow on purpose. ``close`` finishes what waits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._line = guessing.Line()

    def look(
        self, organisation: str, typed: str, who: str, language: str, now: datetime, picture: str = ""
    ) -> Future[Looked]:
        """What the person with this number is told. The future's error is NotSaved when the database failed.

        who      what a browser is known by; "" never loaded our page: it always goes as slowly as while numbers are
                 guessed
        picture  the one that opens the messages, or SKIP
        """
        store = self._store
        ring = store.vault.ring
        known = ring.hashed("sender", organisation, "web", "web", who) if who else ring.hashed("page", organisation)
        digits = normalise(typed)
        with store.database.reading() as db:
            stop = bool(who) and guessing.barred(db, known, now)
            seconds = guessing.pause(db, organisation, now) if who else guessing.PAUSE
        if not plausible(digits) or stop:
            done: Future[Looked] = Future()
            done.set_result(self._said({"state": "wait" if stop else "mistyped"}, organisation, language, now))
            return done
        found = self._line.join(seconds, self._look, organisation, digits, known, language, now, picture)
        if found is None:
            found = Future()
            found.set_result(self._said({"state": "wait"}, organisation, language, now))
        return found

    def stamp(self, organisation: str, given: str = "") -> tuple[str, str]:
        """The stamp for a page of an organisation, and what its browser is known by: as ``given``, if that is ours."""
        ring = self._store.vault.ring
        known = guessing.browser(ring, organisation, given)
        fresh = given if known else guessing.stamp(ring, organisation)
        return fresh, known

    def close(self) -> None:
        """Finishes what waits; nothing is looked up any more."""
        self._line.close()

    def _look(self, organisation: str, digits: str, who: bytes, language: str, now: datetime, picture: str) -> Looked:
        store = self._store
        hashed = store.receipts.hashed(digits)
        with store.database.reading() as db:
            where = (_CASE.c.receipt_hash == hashed, _CASE.c.organisation == organisation)
            case = db.execute(select(_CASE).where(*where)).mappings().first()
            found = {"state": "missing"} if case is None else records.standing(db, store.vault, dict(case), now)
        if case is None:
            store.writer.write(lambda db: _guessed(db.connection(), organisation, who, now)).result()
        return self._said(found, organisation, language, now, picture)

    def _said(
        self, found: dict[str, str], organisation: str, language: str, now: datetime, picture: str = ""
    ) -> Looked:
        world = self._store.worlds(organisation)
        session = Session(
            flow=progress.FLOW.id,
            answers={"receipt": Answer(values=("given",))},
            order=("receipt",),
            voice=Voice(language),
            last=now,
        )
        session, effects = engine.turn(session, Said(at=now, event="found", found=found), world)
        message = _message(effects, world)
        if picture and message.step == pictures.PROOF.id:
            message = self._opened(session, picture, world, now)
        return Looked(found["state"], message)

    def _opened(self, session: Session, picture: str, world: World, now: datetime) -> Message:
        """What is said once the picture was shown, or left out."""
        said = Said(at=now, choice=f"{pictures.PROOF.id}={picture}")
        if picture == SKIP:
            word = next(
                word for word, command in world.lexicon(session.voice.language).anytime.items() if command == SKIP
            )
            said = Said(at=now, text=word)
        session, effects = engine.turn(session, said, world)
        need = next((effect for effect in effects if isinstance(effect, Need)), None)
        if need is None:
            return _message(effects, world)
        store = self._store
        found = store.writer.write(
            lambda db: records.opened(db.connection(), store.vault, session.mine, need.about, now)
        ).result()
        _, effects = engine.turn(session, Said(at=now, event="found", found=found), world)
        return _message(effects, world)


def _message(effects: Any, world: World) -> Message:
    return next(render(effect, world) for effect in effects if isinstance(effect, Say))


def _guessed(db: Connection, organisation: str, who: bytes, now: datetime) -> None:
    guessing.forget(db, organisation, now)
    db.execute(insert(guessing.GUESS), guessing.row(organisation, who, now))
