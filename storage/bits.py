"""Counting records by their facts: one bit a record, so that any conjunction is an AND and a figure a number of bits.

The bits are those that ``storage.counting`` keeps; of dirty records the facts themselves are read instead. A ``Counts``
sees one moment and is thrown away after one report.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import compress
from operator import itemgetter

from sqlalchemy import Connection, select

from casework.report_where import ANY, EVERYTHING, NONE, PERSONS, Is, Where
from storage.counting import BITS, BLOCK, FACT, PERSON, RECORD, SEVERAL, UNCOUNTED, VALUE

#: A set of records: bit n is the record at place n.
Mask = int
#: Values of a fact up to which all are read at once; days have more.
FEW = 64
#: "0" and "1" as false and true.
_TRUTH = bytes.maketrans(b"01", b"\0\1")


class Counts:
    """The records of one organisation, on one reading connection."""

    def __init__(self, db: Connection, organisation: str) -> None:
        self.db = db
        self.organisation = organisation
        self._values: dict[str, dict[str, int]] = {}
        self._masks: dict[Is, Mask] = {}
        self._masks_of: dict[str, dict[str, Mask]] = {}
        self._pending: dict[tuple[str, str], Mask] = {}
        self._stale: Mask = 0
        self._persons_of_pending: dict[int, str] = {}
        self._read_pending()

    # What is asked ---------------------------------------------------------------------------------

    def mask(self, where: Where, within: Mask | None = None) -> Mask:
        """The records for which every word holds, of those ``within``."""
        found = self.everything if within is None else within
        for word in where:
            if word.fact != PERSONS:
                found &= self._word(word)
        for word in where:
            if word.fact == PERSONS:
                found = self._by_persons(found, word)
        return found

    def count(self, where: Where = EVERYTHING, within: Mask | None = None) -> int:
        """How many records."""
        return self.mask(where, within).bit_count()

    def people(self, mask: Mask) -> int:
        """How many people sent these records, as far as is known."""
        shared = mask & self._several
        if not shared:
            return mask.bit_count()
        return (mask ^ shared).bit_count() + len(set(compress(self._shared[1], self._inside(shared))))

    def sum(self, fact: str, mask: Mask) -> tuple[int, float]:
        """Of a fact whose values are numbers: how many of these records have it, and the sum of them."""
        number, total = 0, 0.0
        for value in self.values(fact):
            found = (self._word(Is(fact, (value,))) & mask).bit_count()
            number, total = number + found, total + found * float(value)
        return number, total

    def values(self, fact: str) -> list[str]:
        """The values that a fact has anywhere, in the order of the alphabet."""
        return sorted({*self._numbers(fact), *(value for name, value in self._pending if name == fact)})

    @cached_property
    def everything(self) -> Mask:
        """Every record that has a kind."""
        return self._any(Is("kind", (ANY,)))

    # How it is found --------------------------------------------------------------------------------

    def _word(self, word: Is) -> Mask:
        if word not in self._masks:
            absent = word.values == (NONE,)
            found = self._any(Is(word.fact, (ANY,) if absent else word.values))
            self._masks[word] = self.everything & ~found if word.no != absent else found
        return self._masks[word]

    def _any(self, word: Is) -> Mask:
        """Records with any of the values."""
        if len(self._numbers(word.fact)) <= FEW:
            found = 0
            for value, mask in self._few(word.fact).items():
                if word.holds(value):
                    found |= mask
        else:
            found = self._read([n for value, n in self._numbers(word.fact).items() if word.holds(value)])
        found &= ~self._stale
        for (fact, value), mask in self._pending.items():
            if fact == word.fact and word.holds(value):
                found |= mask
        return found

    def _few(self, fact: str) -> dict[str, Mask]:
        """All the bits of a fact of few values, value by value, read at once."""
        if fact not in self._masks_of:
            names = {number: value for value, number in self._numbers(fact).items()}
            whole: dict[str, bytearray] = {value: bytearray() for value in names.values()}
            query = select(BITS.c.value_id, BITS.c.block, BITS.c.bits).where(BITS.c.value_id.in_(list(names)))
            for number, block, bits in self.db.execute(query.order_by(BITS.c.block)).all():
                one = whole[names[number]]
                one.extend(bytes(block * (BLOCK // 8) - len(one)))
                one.extend(bits)
            self._masks_of[fact] = {value: int.from_bytes(one, "little") for value, one in whole.items()}
        return self._masks_of[fact]

    def _read(self, numbers: list[int]) -> Mask:
        """The bits of any of these values."""
        blocks: dict[int, int] = {}
        for start in range(0, len(numbers), 500):
            query = select(BITS.c.block, BITS.c.bits).where(BITS.c.value_id.in_(numbers[start : start + 500]))
            for block, bits in self.db.execute(query).all():
                blocks[block] = blocks.get(block, 0) | int.from_bytes(bits, "little")
        return joined(blocks)

    def _numbers(self, fact: str) -> dict[str, int]:
        if fact not in self._values:
            of = (VALUE.c.organisation == self.organisation, VALUE.c.fact == fact)
            self._values[fact] = {
                value: n for n, value in self.db.execute(select(VALUE.c.id, VALUE.c.value).where(*of))
            }
        return self._values[fact]

    def _read_pending(self) -> None:
        """The facts of dirty records, at places beyond all others."""
        dirty = (RECORD.c.organisation == self.organisation, RECORD.c.dirty)
        query = select(RECORD.c.case_id, RECORD.c.place, RECORD.c.person).where(*dirty).order_by(RECORD.c.case_id)
        rows = self.db.execute(query).all()
        if not rows:
            return
        last = select(RECORD.c.place).where(RECORD.c.organisation == self.organisation, RECORD.c.place.is_not(None))
        top = self.db.execute(last.order_by(RECORD.c.place.desc()).limit(1)).scalar()
        first = ((-1 if top is None else top) // BLOCK + 1) * BLOCK
        places = {row.case_id: first + n for n, row in enumerate(rows)}
        stale: dict[int, int] = {}
        for row in rows:
            if row.place is not None:
                block, bit = divmod(row.place, BLOCK)
                stale[block] = stale.get(block, 0) | 1 << bit
        self._stale = joined(stale)
        self._persons_of_pending = {places[row.case_id]: row.person for row in rows}
        bits: dict[tuple[str, str], bytearray] = {}
        wanted, size = list(places), len(rows) // 8 + 1
        for start in range(0, len(wanted), 500):
            facts = select(FACT.c.case_id, FACT.c.fact, FACT.c.value)
            for case, fact, value in self.db.execute(facts.where(FACT.c.case_id.in_(wanted[start : start + 500]))):
                if fact not in UNCOUNTED:
                    at = places[case] - first
                    bits.setdefault((fact, value), bytearray(size))[at >> 3] |= 1 << (at & 7)
        self._pending = {pair: int.from_bytes(some, "little") << first for pair, some in bits.items()}

    # People ------------------------------------------------------------------------------------------

    @cached_property
    def _shared(self) -> tuple[list[int], list[int]]:
        """Places of records whose sender sent others, and for each the first place of its person."""
        places, firsts = list[int](), list[int]()
        number = self._numbers(PERSON[0]).get(PERSON[1])
        for block, packed in self.db.execute(select(BITS.c.block, BITS.c.bits).where(BITS.c.value_id == number)):
            flat, start = array("I", packed), block * BLOCK
            places += [start + place for place in flat[::2]]
            firsts += flat[1::2]
        for theirs in self._pending_persons:
            places += theirs
            firsts += [theirs[0]] * len(theirs)
        return places, firsts

    @cached_property
    def _pending_persons(self) -> list[list[int]]:
        """The places of each person who has a dirty record, the first in front."""
        found: dict[str, list[int]] = {}
        persons = list(dict.fromkeys(self._persons_of_pending.values()))
        for start in range(0, len(persons), 500):
            theirs = (RECORD.c.person.in_(persons[start : start + 500]), RECORD.c.place.is_not(None))
            query = select(RECORD.c.person, RECORD.c.place).where(RECORD.c.organisation == self.organisation, *theirs)
            for person, place in self.db.execute(query):
                found.setdefault(person, []).append(place)
        for place, person in self._persons_of_pending.items():
            found.setdefault(person, []).append(place)
        return [sorted(places) for places in found.values()]

    @cached_property
    def _several(self) -> Mask:
        """Those places, as a set."""
        number = self._numbers(SEVERAL[0]).get(SEVERAL[1])
        known = self._read([number]) if number is not None else 0
        return known | masked(place for theirs in self._pending_persons for place in theirs)

    @cached_property
    def _ask(self) -> Callable[[bytes], tuple[int, ...]]:
        """Bytes, one for each place -> those of these places; two places more, so that it is always a tuple."""
        places = self._shared[0]
        return itemgetter(*places, 0, 0)

    @cached_property
    def _end(self) -> int:
        return max(self._shared[0], default=0) + 1

    def _inside(self, mask: Mask) -> tuple[int, ...]:
        """Which of those are in a mask. Of 200,000 among a million it takes 10 ms: all of it is done in C."""
        told = bin(mask)[:1:-1].ljust(self._end, "0").encode().translate(_TRUTH)
        return self._ask(told)[:-2]

    def _by_persons(self, mask: Mask, word: Is) -> Mask:
        """Of these, the records of people who have so many of them."""
        first, last = word.span or (word.values[0], word.values[0])
        least, most = int(first or 1), int(last or 10**9)
        inside = self._inside(mask)
        places, firsts = (list(compress(some, inside)) for some in self._shared)
        many = Counter(dict(zip(places, firsts, strict=True)).values())
        found = masked(p for p, person in zip(places, firsts, strict=True) if least <= many[person] <= most)
        return found | (mask & ~self._several) if least <= 1 <= most else found


def joined(blocks: dict[int, int]) -> Mask:
    """One number from its blocks."""
    if not blocks:
        return 0
    whole = bytearray((max(blocks) + 1) * (BLOCK // 8))
    for block, bits in blocks.items():
        start = block * (BLOCK // 8)
        whole[start : start + BLOCK // 8] = bits.to_bytes(BLOCK // 8, "little")
    return int.from_bytes(whole, "little")


def masked(places: Iterable[int]) -> Mask:
    """One number with the bits of these places."""
    blocks: dict[int, int] = {}
    for place in places:
        block, bit = divmod(place, BLOCK)
        blocks[block] = blocks.get(block, 0) | 1 << bit
    return joined(blocks)
