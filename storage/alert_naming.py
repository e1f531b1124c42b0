"""Which ways a sign of danger must not be told over: whoever reads there is named in the record."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import Connection, select

from storage import models
from storage.about import CASE_STAFF
from storage.alert_ways import Route
from storage.models import table
from storage.secrets import Erased
from storage.vault import Vault
from storage.words import SEARCH, STAFF_TOKEN, named_in, token, words

ALERT = table(models.Alert)
FACT = table(models.CaseFact)


class Sign(Protocol):
    """A sign of danger of a record; ``case`` 0 while there is none."""

    @property
    def id(self) -> int:
        """The number of the sign."""
        ...

    @property
    def case(self) -> int:
        """The number of its record, 0 while there is none."""
        ...


def kept(db: Connection, vault: Vault, sign: Sign, ways: Iterable[Route]) -> frozenset[int]:
    """The ways whose staff, home, service or mailbox the record names, by everything that has been said so far."""
    given = [way for way in ways if way.staff is not None or way.names or way.services]
    if not given:
        return frozenset()
    said = _said(db, vault, sign, given[0].organisation)
    named = _named(db, sign, said, given[0].organisation)
    services = set(
        db.execute(select(FACT.c.value).where(FACT.c.case_id == sign.case, FACT.c.fact == "services")).scalars()
    )
    return frozenset(
        way.id
        for way in given
        if way.staff in named
        or services.intersection(way.services)
        or any(_in(vault, way.organisation, name, said) for name in way.names)
    )


def _said(db: Connection, vault: Vault, sign: Sign, organisation: str) -> set[bytes]:
    """The hashed words of the record and of what raised the sign."""
    found = set(db.execute(select(SEARCH.c.token).where(SEARCH.c.case_id == sign.case)).scalars())
    sealed = db.execute(select(ALERT.c.matched).where(ALERT.c.id == sign.id)).scalar()
    try:
        body = json.loads(vault.unseal(f"alert.matched:{sign.id}", sealed)) if sealed else {}
    except Erased:
        body = {}
    texts = " ".join((*(body.get("matched") or ()), *body.get("kept", ())))
    return found | {token(vault.ring, organisation, word) for word in words(texts)}


def _named(db: Connection, sign: Sign, said: set[bytes], organisation: str) -> set[int]:
    """The staff whom the record names: as somebody settled, by its words, or whole in what raised the sign."""
    settled = select(CASE_STAFF.c.staff).where(CASE_STAFF.c.case_id == sign.case, CASE_STAFF.c.part == "named")
    found = set(db.execute(settled).scalars()) | set(named_in(db, organisation, sign.case))
    if not sign.case:
        whole: dict[tuple[int, int], list[bool]] = {}
        query = select(STAFF_TOKEN.c.staff, STAFF_TOKEN.c.name, STAFF_TOKEN.c.token)
        for staff, name, one in db.execute(
            query.where(STAFF_TOKEN.c.organisation == organisation, STAFF_TOKEN.c.whole)
        ):
            whole.setdefault((staff, name), []).append(one in said)
        found |= {staff for (staff, _), there in whole.items() if all(there)}
    return found


def _in(vault: Vault, organisation: str, name: str, said: set[bytes]) -> bool:
    """Whether every word of a name, a home or an address was said."""
    parts = words(name)
    return bool(parts) and all(token(vault.ring, organisation, word) in said for word in parts)
