"""The data keys: made ahead, kept wrapped in a store of their own, destroyed to erase.

A key is durable before anybody may use it, so no turn can ever be committed under a key that a
crash forgets. They are minted by a thread in advance; the turn path takes one from memory.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    select,
    update,
)

from storage.ids import new_id
from storage.secrets import Erased, KeyRing, KeyRingMissing, KeyRingWrong, key_number, seal, unseal

_metadata = MetaData()
DATA_KEY = Table(
    "data_key",
    _metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
)


class Vault:
    """Keys by number. ``ahead`` are kept ready; ``remember`` stay unwrapped in memory.

    ring_file  looked at again when the ring may have been rotated, so that nothing need be started anew
    """

    def __init__(
        self, url: str, ring: KeyRing, *, ring_file: Path | None = None, ahead: int = 256, remember: int = 50_000
    ) -> None:
        self._ring = ring
        self._ring_file = ring_file
        self._ring_seen = _changed(ring_file)
        address = make_url(url)
        if address.get_backend_name() == "postgresql":
            self._engine = create_engine(
                address.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True
            )
        else:
            file = Path(address.database or "").absolute()
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not file.exists():
                os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            wait = {"timeout": 10, "check_same_thread": False}
            self._engine = create_engine(address, connect_args=wait, hide_parameters=True)

            # Not WAL: a destroyed key must leave the files at once, and be overwritten where it stood.
            @event.listens_for(self._engine, "connect")
            def prepare(raw: Any, record: Any) -> None:
                raw.execute("PRAGMA journal_mode=TRUNCATE")
                raw.execute("PRAGMA synchronous=EXTRA")
                raw.execute("PRAGMA secure_delete=ON")

        _metadata.create_all(self._engine)
        self._ahead = ahead
        self._remember = remember
        self._known: OrderedDict[int, AESGCM] = OrderedDict()
        self._ready: deque[int] = deque()
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._mint_ahead, name="vault", daemon=True)
        self._thread.start()

    @property
    def ring(self) -> KeyRing:
        """The ring, as its file is now: whoever rotates it does so beside running processes."""
        if _changed(self._ring_file) != self._ring_seen:
            # It may just be being copied here; no key is minted meanwhile.
            with suppress(KeyRingMissing, KeyRingWrong):
                self._look_again()
        return self._ring

    def reading(self) -> Connection:
        """A connection to the key store, to be closed."""
        return self._engine.connect()

    def empty(self) -> bool:
        """Whether no key is kept here."""
        with self._engine.connect() as connection:
            return connection.execute(select(DATA_KEY.c.id).limit(1)).first() is None

    def take(self) -> int:
        """The number of a fresh, durable key."""
        while True:
            try:
                number = self._ready.popleft()
                break
            except IndexError:
                self._mint(min(32, self._ahead))
        if len(self._ready) < self._ahead // 2:
            self._wanted.set()
        return number

    def load(self, numbers: Iterable[int]) -> None:
        """Bring keys into memory with one question, ahead of ``seal`` and ``unseal``."""
        missing = [number for number in set(numbers) if number not in self._known]
        if not missing:
            return
        with self._engine.connect() as connection:
            rows = connection.execute(select(DATA_KEY).where(DATA_KEY.c.id.in_(missing))).all()
        if any(self.ring.wrapped_by(wrapped) not in self.ring.keys for _, wrapped in rows):
            self._look_again()
        self._keep((number, AESGCM(self.ring.unwrap(number, wrapped))) for number, wrapped in rows)

    def seal(self, number: int, place: str, content: bytes) -> bytes:
        """``content`` sealed for ``place``. Raises Erased when the key is gone."""
        return seal(self._key(number), number, place, content)

    def unseal(self, place: str, sealed: bytes) -> bytes:
        """What was sealed for ``place``. Raises Erased, or Tampered."""
        return unseal(self._key(key_number(sealed)), place, sealed)

    def bare(self, number: int) -> AESGCM:
        """The key itself, for files sealed in pieces."""
        return self._key(number)

    def destroy(self, numbers: Iterable[int]) -> None:
        """The end of keys, durable when this returns; everything they sealed is erased."""
        gone = list(numbers)
        with self._engine.begin() as connection:
            connection.execute(delete(DATA_KEY).where(DATA_KEY.c.id.in_(gone)))
        self.forget(gone)

    def forget(self, numbers: Iterable[int]) -> None:
        """Put keys out of memory: they were destroyed, perhaps by another process."""
        with self._lock:
            for number in numbers:
                self._known.pop(number, None)

    def rewrap(self, after: int = 0, many: int = 500) -> tuple[int, int]:
        """Wrap keys above number ``after`` with the ring's current key: (how many were, the last number looked at).

        The second is 0 when there are no more. Others go on meanwhile; a key destroyed in between stays destroyed.
        """
        query = select(DATA_KEY).where(DATA_KEY.c.id > after).order_by(DATA_KEY.c.id).limit(many)
        done = 0
        with self._engine.begin() as connection:
            rows = connection.execute(query).all()
            for number, wrapped in rows:
                if self.ring.wrapped_by(wrapped) != self.ring.current:
                    new = self.ring.wrap(number, self.ring.unwrap(number, wrapped))
                    same = (DATA_KEY.c.id == number, DATA_KEY.c.wrapped == wrapped)
                    done += connection.execute(update(DATA_KEY).where(*same).values(wrapped=new)).rowcount
        return done, rows[-1][0] if rows else 0

    def _look_again(self) -> None:
        """Take the ring from its file, where it was rotated since; another database's ring is never taken."""
        if self._ring_file is None:
            return
        seen = _changed(self._ring_file)
        fresh = KeyRing.load(self._ring_file)
        if fresh.fingerprint() == self._ring.fingerprint():
            self._ring, self._ring_seen = fresh, seen

    def close(self) -> None:
        """Stop minting and give back what was made ahead and not used."""
        self._closing = True
        self._wanted.set()
        self._thread.join()
        unused = list(self._ready)
        self._ready.clear()
        for start in range(0, len(unused), 500):
            self.destroy(unused[start : start + 500])
        self._engine.dispose()

    def _key(self, number: int) -> AESGCM:
        key = self._known.get(number)
        if key is None:
            self.load((number,))
            key = self._known.get(number)
            if key is None:
                raise Erased("its data key was destroyed")
        return key

    def _keep(self, keys: Iterable[tuple[int, AESGCM]]) -> None:
        with self._lock:
            self._known.update(keys)
            while len(self._known) > self._remember:
                self._known.popitem(last=False)

    def _mint(self, count: int) -> None:
        if _changed(self._ring_file) != self._ring_seen:
            self._look_again()
        fresh = [(new_id(), AESGCM.generate_key(256)) for _ in range(count)]
        with self._engine.begin() as connection:
            connection.execute(insert(DATA_KEY), [{"id": n, "wrapped": self.ring.wrap(n, key)} for n, key in fresh])
        self._keep((number, AESGCM(key)) for number, key in fresh)
        self._ready.extend(number for number, _ in fresh)

    def _mint_ahead(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._closing:
                return
            try:
                while len(self._ready) < self._ahead and not self._closing:
                    self._mint(64)
            except Exception:
                pass


def _changed(path: Path | None) -> tuple[int, int]:
    """What tells that a file is no longer the same; (0, 0) where there is none."""
    try:
        found = os.stat(path) if path else None
    except OSError:
        found = None
    return (found.st_mtime_ns, found.st_ino) if found else (0, 0)
