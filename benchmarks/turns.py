"""Durable turns a second: the writer against raw sqlite3 that does the same by hand.

Both drive the same engine through the real complaint flow of a shipped organisation, with the
danger check and everything sealed, on SQLite with WAL and synchronous=FULL. By hand: 32 turns a
transaction, one loop, no threads. The writer: 64 people waiting for their answers, as a server
has. Receipts are minted ahead on both sides.

    python -m benchmarks turns
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks.pairs import Row, Size, folder, pairs, timed
from benchmarks.world import conversation, real
from casework.dues import dues
from casework.procedure import Profile
from flows import engine
from flows.message import render
from flows.session import FileIt, Said, Say, Session, World
from storage.filing import entry_json
from storage.post import Inbound
from storage.store import Store, open_store
from storage.turns import Reply

TOGETHER = 32
WAITING = 64
_TABLES = """
CREATE TABLE talk (
    id INTEGER PRIMARY KEY, sender BLOB UNIQUE, turn_no INTEGER, session BLOB, wake_at TEXT, seq INTEGER);
CREATE TABLE inbound (external_id TEXT PRIMARY KEY, talk INTEGER, at TEXT);
CREATE TABLE message (talk INTEGER, seq INTEGER, direction TEXT, at TEXT, body BLOB, PRIMARY KEY (talk, seq));
CREATE TABLE outbox (id INTEGER PRIMARY KEY, talk INTEGER, state TEXT, next_at TEXT, body BLOB);
CREATE TABLE cases (
    id INTEGER PRIMARY KEY, talk INTEGER, number INTEGER, reference TEXT UNIQUE, filed_at TEXT, receipt BLOB UNIQUE);
CREATE TABLE case_event (case_id INTEGER, seq INTEGER, at TEXT, type TEXT, body BLOB, PRIMARY KEY (case_id, seq));
CREATE TABLE case_fact (case_id INTEGER, fact TEXT, value TEXT, PRIMARY KEY (case_id, fact, value));
CREATE TABLE case_due (case_id INTEGER, clock TEXT, due TEXT, PRIMARY KEY (case_id, clock));
"""


class ByHand:
    """The same work with nothing between it and sqlite3."""

    def __init__(self, folder: Path, world: World, profile: Profile) -> None:
        self.db = sqlite3.connect(folder / "hand.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.executescript(_TABLES)
        self.world = world
        self.profile = profile
        self.keys: dict[bytes, AESGCM] = {}

    def run(self, script: list[Said], talks: int) -> None:
        senders = [f"+44{n:010}" for n in range(talks)]
        for step, said in enumerate(script):
            for start in range(0, talks, TOGETHER):
                self.db.execute("BEGIN IMMEDIATE")
                for sender in senders[start : start + TOGETHER]:
                    self.turn(sender, f"{sender}-{step}", said)
                self.db.execute("COMMIT")

    def seal(self, sender: bytes, place: str, content: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self.keys[sender].encrypt(nonce, content, place.encode())

    def turn(self, sender: str, external_id: str, said: Said) -> None:
        db, at, hashed = self.db, said.at.isoformat(), sender.encode()
        if db.execute("SELECT 1 FROM inbound WHERE external_id = ?", (external_id,)).fetchone():
            return
        row = db.execute("SELECT id, turn_no, session, seq FROM talk WHERE sender = ?", (hashed,)).fetchone()
        if row is None:
            self.keys[hashed] = AESGCM(AESGCM.generate_key(256))
            talk, turn_no, seq = secrets.randbits(62), 0, 0
            session = Session(channel="sms")
            db.execute("INSERT INTO talk VALUES (?, ?, 0, NULL, NULL, 0)", (talk, hashed))
        else:
            talk, turn_no, sealed, seq = row
            opened = self.keys[hashed].decrypt(sealed[:12], sealed[12:], b"session")
            session = Session.from_json(json.loads(opened))
        session, effects = engine.turn(session, said, self.world)
        db.execute("INSERT INTO inbound VALUES (?, ?, ?)", (external_id, talk, at))
        later: dict[str, str] = {}
        for effect in effects:
            if isinstance(effect, FileIt):
                later = self.file(talk, hashed, said, effect)
        seq += 1
        self.message(talk, seq, "in", at, hashed, json.dumps({"text": said.text, "choice": said.choice}))
        for effect in effects:
            if isinstance(effect, Say):
                body = render(effect, self.world, later).to_json()
                seq += 1
                self.message(talk, seq, "out", at, hashed, body)
                db.execute(
                    "INSERT INTO outbox VALUES (?, ?, 'due', ?, ?)",
                    (secrets.randbits(62), talk, at, self.seal(hashed, "outbox", (sender + body).encode())),
                )
        sealed = self.seal(hashed, "session", json.dumps(session.to_json(), ensure_ascii=False).encode())
        wake = session.wake.isoformat() if session.wake else None
        db.execute(
            "UPDATE talk SET turn_no = ?, session = ?, wake_at = ?, seq = ? WHERE id = ? AND turn_no = ?",
            (turn_no + 1, sealed, wake, seq, talk, turn_no),
        )

    def message(self, talk: int, seq: int, direction: str, at: str, sender: bytes, body: str) -> None:
        sealed = self.seal(sender, f"message:{talk}:{seq}", body.encode())
        self.db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", (talk, seq, direction, at, sealed))

    def file(self, talk: int, sender: bytes, said: Said, effect: FileIt) -> dict[str, str]:
        db, case, at = self.db, secrets.randbits(62), said.at.isoformat()
        reference = f"HB-{secrets.token_hex(6)}"
        db.execute(
            "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?)",
            (case, talk, effect.record, reference, at, secrets.token_bytes(32)),
        )
        body = json.dumps([entry_json(entry) for entry in effect.entries], ensure_ascii=False).encode()
        db.execute("INSERT INTO case_event VALUES (?, 1, ?, 'filed', ?)", (case, at, self.seal(sender, "event", body)))
        facts = [(case, fact, value) for fact, values in effect.facts.items() for value in values]
        db.executemany("INSERT INTO case_fact VALUES (?, ?, ?)", facts)
        due = dues(self.profile, effect.kind, said.at)
        db.executemany("INSERT INTO case_due VALUES (?, ?, ?)", [(case, c, d.isoformat()) for c, d in due.items()])
        return {"reference": reference, "receipt": "1234 5678 9012 3456"} | {c: d.isoformat() for c, d in due.items()}


def bare(folder: Path, turns: int) -> None:
    """Only the rows of as many turns: no engine, nothing sealed."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.executescript(_TABLES)
    body = secrets.token_bytes(600)
    for start in range(0, turns, TOGETHER):
        db.execute("BEGIN IMMEDIATE")
        for n in range(start, min(start + TOGETHER, turns)):
            db.execute(
                "INSERT OR REPLACE INTO talk VALUES (?, ?, ?, ?, NULL, 0)", (n % 400, b"%d" % (n % 400), n, body)
            )
            db.execute("INSERT INTO inbound VALUES (?, ?, '')", (str(n), n))
            db.execute("INSERT INTO message VALUES (?, 1, 'in', '', ?)", (n, body))
            db.execute("INSERT INTO message VALUES (?, 2, 'out', '', ?)", (n, body))
            db.execute("INSERT INTO outbox VALUES (?, ?, 'due', '', ?)", (n, n, body))
        db.execute("COMMIT")
    db.close()


def opened(folder: Path, world: World, profile: Profile, talks: int, url: str = "") -> Store:
    """A store (SQLite in the folder, unless ``url`` is another) with what is made ahead in peace already made."""
    store = open_store(
        url or f"sqlite:///{folder / 'store.db'}",
        key_ring=folder / "ring.json",
        key_store=f"sqlite:///{folder / 'keys.db'}",
        media=folder / "media",
        worlds=lambda organisation: world,
        profiles={profile.id: profile},
        receipts_ahead=talks + 1,
        receipt_cost=2,
        keys_ahead=talks,
    )
    store.receipts.start()
    store.vault._mint(talks)
    while not store.receipts._ready.full():
        time.sleep(0.01)
    return store


def through_writer(store: Store, script: list[Said], people: Iterable[int]) -> None:
    """64 people at a time; each sends the next message when the last is answered."""
    left, room = iter(people), threading.Semaphore(0)
    failures: list[BaseException] = []

    def begin() -> None:
        talk = next(left, None)
        if talk is None:
            room.release()
            return
        sender = f"+44{talk:010}"

        def send(step: int) -> None:
            said = script[step]
            inbound = Inbound(
                "sandwell", "sms", "number", sender, f"{sender}-{step}", said.at,
                text=said.text, choice=said.choice, language=said.language,
            )  # fmt: skip
            future = store.writer.take(inbound)
            future.add_done_callback(lambda f: answered(f, step))

        def answered(future: Future[Reply], step: int) -> None:
            if future.exception() is not None or future.result().parked:
                failures.append(future.exception() or AssertionError("parked"))
                room.release()
            elif step + 1 < len(script):
                send(step + 1)
            else:
                begin()

        send(0)

    for _ in range(WAITING):
        begin()
    for _ in range(WAITING):
        room.acquire()
    if failures:
        raise failures[0]


def rows(size: Size) -> list[Row]:
    """The writer against the same by hand, and against bare rows."""
    world, profile = real()
    script, talks = conversation(world), 100 if size.quick else 400
    turns = len(script) * talks

    def hand() -> float:
        with folder() as where:
            by_hand = ByHand(where, world, profile)
            return turns / timed(lambda: by_hand.run(script, talks))

    def ours() -> float:
        with folder() as where, closing(opened(where, world, profile, talks)) as store:
            return turns / timed(lambda: through_writer(store, script, range(talks)))

    def only_rows() -> float:
        with folder() as where:
            return turns / timed(lambda: bare(where, turns))

    hand(), ours()  # whatever is slow the first time
    what = f"durable turns a second of the real complaint flow ({len(script)} turns from hello to receipt), SQLite"
    by = "raw sqlite3 driving the same engine, sealing and check by hand"
    return [
        pairs(ours, hand, size.pairs).row(f"{what} ÷ {by}, {TOGETHER} a transaction", 0.5),
        pairs(ours, only_rows, size.pairs).row(f"the same ÷ bare rows, nothing else, {TOGETHER} a transaction"),
    ]
