"""The data keys: made ahead, kept wrapped in a store of their own, destroyed to erase.

A key is durable before anybody may use it, so no turn can ever be committed under a key that a
crash forgets. They are minted by a thread in advance; the turn path takes one from memory.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    BigInteger,
    Column,
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
)

from storage.ids import new_id
from storage.secrets import Erased, KeyRing, key_number, seal, unseal

_metadata = MetaData()
_data_key = Table(
    "data_key",
    _metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
)


class Vault:
    """Keys by number. ``ahead`` are kept ready; ``remember`` stay unwrapped in memory."""

    def __init__(self, url: str, ring: KeyRing, *, ahead: int = 256, remember: int = 50_000) -> None:
        self.ring = ring
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

    def empty(self) -> bool:
        """Whether no key is kept here."""
        with self._engine.connect() as connection:
            return connection.execute(select(_data_key.c.id).limit(1)).first() is None

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
            rows = connection.execute(select(_data_key).where(_data_key.c.id.in_(missing))).all()
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
            connection.execute(delete(_data_key).where(_data_key.c.id.in_(gone)))
        with self._lock:
            for number in gone:
                self._known.pop(number, None)

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
        fresh = [(new_id(), AESGCM.generate_key(256)) for _ in range(count)]
        with self._engine.begin() as connection:
            connection.execute(insert(_data_key), [{"id": n, "wrapped": self.ring.wrap(n, key)} for n, key in fresh])
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
