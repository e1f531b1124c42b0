"""Finding records by name and by whole words without keeping a readable word: keyed hashes of what was said.

A token says nothing to whoever has the database and not the key ring. There are two sorts: the words of a record,
and the words that name the worker it is about, which keep the record out of that worker's sight.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from storage import models, models_staff
from storage.models import table
from storage.prepared import Prepared
from storage.secrets import KeyRing

SEARCH = table(models.SearchToken)
STAFF_TOKEN = table(models_staff.StaffToken)
CASE = table(models.Case)
FACT = table(models.CaseFact)
#: Bytes of a token: with millions of rows a chance match is still out of the question.
SIZE = 8
#: Different words of one text that are kept; nobody searches for the ten-thousandth.
MOST = 4000
#: Words about which worker it is that are kept with one letter left out too, and from how many letters on: "Karan" and
#: "Karen" have "karn" in common. Shorter names would shut out half a team.
MOST_SLIPS, SLIP_FROM = 40, 5
#: English words that nearly every record has: they would be a third of the index and find nothing.
COMMON = frozenset(
    "a about after again all also am an and any are as at be because been before but by can could did do does done for "
    "from get go got had has have he her here him his how i if in into is it its just like me more my no not now of on "
    "one or our out over said say she so some still than that the their them then there they this to too told up us "
    "very was we were what when where which who will with would you your".split()
)
#: Words before a name, which name nobody.
TITLES = frozenset("mr mrs miss ms mx dr sir madam auntie aunty uncle".split())
_KEEP = Prepared(insert(SEARCH), keeping=True)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OWN = re.compile(r"['’]s$")


def words(text: str) -> tuple[str, ...]:
    """The different words of a text as they are compared: without case, accents and “'s”; common ones left out."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    found = (re.sub("['’]", "", _OWN.sub("", word)) for word in _WORD.findall(plain))
    kept = dict.fromkeys(word for word in found if len(word) > 1 and word not in COMMON)
    return tuple(kept)[:MOST]


def token(ring: KeyRing, organisation: str, word: str) -> bytes:
    """What a word of a record is found by."""
    return ring.hashed("word", organisation, word)[:SIZE]


def naming(ring: KeyRing, organisation: str, word: str) -> bytes:
    """What a word that names the worker is kept as."""
    return ring.hashed("named", organisation, word)[:SIZE]


def slips(text: str) -> frozenset[str]:
    """What the words that name somebody are compared by: each, and each with any one letter left out.

    Two names with one of these in common differ by at most one letter more, less or other, or two changed places.
    """
    found = words(text)
    shorter = (
        word[:at] + word[at + 1 :] for word in found[:MOST_SLIPS] if len(word) >= SLIP_FROM for at in range(len(word))
    )
    return frozenset((*found, *shorter))


def rows(ring: KeyRing, case: dict[str, Any], texts: Iterable[str], named: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The tokens of what was said in a record; ``named`` are the words about which worker it is."""
    organisation = case["organisation"]
    found = {token(ring, organisation, word) for word in words(" ".join(texts))}
    found |= {naming(ring, organisation, word) for word in slips(" ".join(named))}
    return [{"token": one, "case_id": case["id"], "organisation": organisation} for one in sorted(found)]


def keep(db: Connection, new: Sequence[dict[str, Any]]) -> None:
    """Write tokens; one that is there stays as it is."""
    if new:
        _KEEP.run(db, new)


def forget(db: Connection, cases: Sequence[int]) -> None:
    """Records that nobody finds by their words any more."""
    if cases:
        db.execute(delete(SEARCH).where(SEARCH.c.case_id.in_(list(cases))))


def introduce(db: Connection, ring: KeyRing, organisation: str, staff: int, name: str, called: bool = False) -> None:
    """Know a member of staff by this name too from here on, so that what names them is kept from them.

    Names they had before count for ever: nobody comes to what was said of them by another name. ``called``: it is
    what people call them, and names them only where a record says which worker it is about.
    """
    query = select(STAFF_TOKEN.c.name, STAFF_TOKEN.c.token, STAFF_TOKEN.c.whole).where(STAFF_TOKEN.c.staff == staff)
    before: dict[int, set[tuple[bytes, bool]]] = {}
    for number, one, whole in db.execute(query):
        before.setdefault(number, set()).add((one, whole))
    own = " ".join(word for word in words(name) if word not in TITLES)
    new = {(naming(ring, organisation, word), False) for word in slips(own)}
    if not called:
        new |= {(token(ring, organisation, word), True) for word in words(name)}
    if new and new not in before.values():
        place = {"staff": staff, "name": max(before, default=-1) + 1, "organisation": organisation}
        db.execute(insert(STAFF_TOKEN), [place | {"token": one, "whole": whole} for one, whole in sorted(new)])


def named_in(db: Connection, organisation: str, case: int) -> frozenset[int]:
    """The staff whom a record names, by its words (``storage.naming``); none once a person settled who it is."""
    kind = db.execute(select(CASE.c.kind).where(CASE.c.id == case)).scalar()
    settled = select(FACT.c.case_id).where(FACT.c.case_id == case, FACT.c.fact == "named", FACT.c.value == "settled")
    if kind == "compliment" or db.execute(settled).first() is not None:
        return frozenset()
    of = STAFF_TOKEN.c.organisation == organisation
    query = select(STAFF_TOKEN.c.staff, STAFF_TOKEN.c.name, STAFF_TOKEN.c.whole, SEARCH.c.case_id).where(of)
    on = (SEARCH.c.token == STAFF_TOKEN.c.token) & (SEARCH.c.case_id == case)
    found: set[int] = set()
    names: dict[tuple[int, int], list[bool]] = {}
    for staff, name, whole, there in db.execute(query.outerjoin(SEARCH, on)):
        if not whole and there:
            found.add(staff)
        if whole:
            names.setdefault((staff, name), []).append(bool(there))
    return frozenset(found | {staff for (staff, _), there in names.items() if len(there) > 1 and all(there)})
