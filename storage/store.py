"""Opening everything that belongs to a store, in the order that is safe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, make_url, select

from casework.procedure import Profile
from flows import engine
from flows.session import World
from storage import models
from storage.batch import Turning
from storage.database import Database, migrate
from storage.media import MediaStore
from storage.models import table
from storage.moving import refusal
from storage.procedures import Procedures
from storage.queue import USUAL, Limits
from storage.receipts import Receipts
from storage.secrets import KeyRing, KeyRingMissing, KeyRingWrong
from storage.turns import Writer
from storage.vault import Vault
from storage.waking import Waking

_META = table(models.Meta)


@dataclass(frozen=True)
class Store:
    """An open store. ``close`` finishes what waits.

    worlds  organisation -> what a conversation of it is given: words, lists, signs of danger
    waking  the line to other processes, on PostgreSQL
    """

    database: Database
    vault: Vault
    receipts: Receipts
    writer: Writer
    media: MediaStore
    procedures: Procedures
    worlds: Callable[[str], World]
    waking: Waking | None = None

    def close(self) -> None:
        """Finishes what is under way. The database goes last: all the others write to it."""
        self.writer.close()
        if self.waking is not None:
            self.waking.close()
        self.receipts.close()
        self.vault.close()
        self.database.close()


def open_store(
    url: str,
    *,
    key_ring: Path,
    key_store: str,
    media: Path,
    worlds: Callable[[str], World],
    profiles: Mapping[str, Profile],
    turning: Turning = engine.turn,
    limits: Limits = USUAL,
    receipts_ahead: int = 16,
    receipt_cost: int = 2**15,
    keys_ahead: int = 256,
    replica: str = "",
) -> Store:
    """Migrate, check that ring, key store and database belong together, and start the writer.

    url         sqlite:///path/to/file or postgresql://...
    key_ring    file outside the database; made when the database is new
    key_store   address of the data keys, of the same form as ``url`` and not the same database
    media       folder of the sealed files
    profiles    the procedure of each organisation that is served
    replica     address of a replica for reports and exports, "" for none
    limits      how much may wait, and how fast one person may go on

    Raises KeyRingMissing or KeyRingWrong in words that say what is lost and what to do.
    """
    if make_url(url) == make_url(key_store):
        raise ValueError("the key store must not be the database itself: name another file or database")
    migrate(url)
    database = Database(url, replica)
    try:
        with database.reading() as db:
            _startable(refusal(db))
        ring = _ring(database, key_ring)
        vault = Vault(key_store, ring, ring_file=key_ring, ahead=keys_ahead)
    except BaseException:
        database.close()
        raise
    try:
        with vault.reading() as db:
            _startable(refusal(db, "HEARBACK_KEY_STORE"))
        if _used(database) and vault.empty():
            raise KeyRingMissing(
                "The key store is empty, but the database is not: what people have said cannot be read without it. "
                "Restore the key store from its backup and start again."
            )
        receipts = Receipts(ring.receipt, ahead=receipts_ahead, cost=receipt_cost)
    except BaseException:
        vault.close()
        database.close()
        raise
    procedures = Procedures(database, profiles)
    with database.writing() as db:
        procedures.keep(db, datetime.now(UTC))
        procedures.refresh(db)
    writer = Writer(database, vault, receipts, worlds, procedures, media=media, turning=turning, limits=limits)
    waking = None if database.sqlite else Waking(url, writer.news.heard)
    if waking is not None:
        writer.news.share = waking.tell
    return Store(database, vault, receipts, writer, MediaStore(media, vault, writer), procedures, worlds, waking)


def _startable(refused: str) -> None:
    if refused:
        raise ValueError(refused)


def _ring(database: Database, path: Path) -> KeyRing:
    with database.reading() as db:
        known = db.execute(select(_META.c.value).where(_META.c.name == "key_ring")).scalar()
    if known is None and not path.exists():
        try:
            ring = KeyRing.make(path)
        except FileExistsError:  # another process was quicker
            ring = KeyRing.load(path)
    else:
        ring = KeyRing.load(path)
    if known is None:
        with database.writing() as db:
            known = db.execute(select(_META.c.value).where(_META.c.name == "key_ring")).scalar()
            if known is None:
                known = ring.fingerprint()
                db.execute(insert(_META), {"name": "key_ring", "organisation": "", "value": known})
    if known != ring.fingerprint():
        raise KeyRingWrong(
            f"The key ring {path} belongs to another database. Point to the ring that was made with this one, "
            "or restore it from its backup."
        )
    return ring


def _used(database: Database) -> bool:
    with database.reading() as db:
        talk = table(models.Talk)
        # An erased talk has no session, and no key.
        return db.execute(select(talk.c.id).where(talk.c.session != b"").limit(1)).first() is not None
