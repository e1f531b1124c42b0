"""Which figures must be hidden so that nobody can compute a small one from what is left.

A figure from 1 to ``least`` - 1 is hidden. Then others are, until every hidden figure could also be another number:
for each there is an **alternative**, some of the hidden figures changed so that every sum still holds. Zero is no small
number: it is nobody's, and is shown. One sign stands for every hidden figure, so that nobody sees which are the small
ones; still an alternative is wanted by which small ones stay small and the others large, for a reader who guesses
that, and only where there is none is a reader trusted not to know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

#: Counts below it are hidden (``docs/publication.md``).
LEAST = 5
#: Figures that an alternative changes at most, the nearest tried first, and steps of each search for one: where none is
#: found, more is hidden.
MOST_CHANGED, MOST_STEPS = (4, 8, 16), 400


@dataclass(frozen=True, slots=True)
class Sum:
    """The figure ``total`` is the sum of the figures ``parts``."""

    total: str
    parts: tuple[str, ...]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Each figure with its sign, so that all of them come to nothing."""
        yield self.total, -1
        for part in self.parts:
            yield part, 1


def small(value: int, least: int = LEAST) -> bool:
    """Whether a count is one that is not shown."""
    return 0 < value < least


def to_hide(
    figures: Mapping[str, int],
    sums: Iterable[Sum],
    *,
    hidden: Collection[str] = (),
    fixed: Collection[str] = (),
    last: Collection[str] = (),
    least: int = LEAST,
) -> frozenset[str]:
    """The figures that must not be shown.

    figures  name -> count
    sums     those that hold; others are left out
    hidden   hidden already, whatever they are
    fixed    shown already, where nobody can take them back
    last     hidden only where nothing else helps: the totals; before them what stands in many sums
    """
    table = _Table(dict(figures), [one for one in sums if _holds(one, figures)], least)
    table.wanted = {name for name, value in figures.items() if small(value, least) and name not in fixed} | set(hidden)
    table.hidden, table.guessing = set(table.wanted), set(table.wanted)
    while (stuck := table.known()) is not None:
        candidates = [
            name
            for name in table.near(stuck)
            if figures[name] >= least and name not in fixed and name not in table.hidden
        ]
        if candidates:
            table.hidden.add(min(candidates, key=lambda name: table.price(name, name in last)))
        elif stuck in table.guessing:
            table.guessing.remove(stuck)
        else:
            table.given_up.add(stuck)
    others = sorted(table.hidden - table.wanted, key=lambda name: table.price(name, name in last), reverse=True)
    for name in others:
        table.show(name)
    return frozenset(table.hidden)


def _holds(one: Sum, figures: Mapping[str, int]) -> bool:
    return all(name in figures for name, _ in one) and sum(sign * figures[name] for name, sign in one) == 0


class _Table:
    """Figures, the sums they stand in, and what is hidden of them so far."""

    def __init__(self, figures: dict[str, int], sums: list[Sum], least: int) -> None:
        self.figures, self.sums, self.least = figures, sums, least
        self.wanted: set[str] = set()
        self.hidden: set[str] = set()
        self.guessing: set[str] = set()
        self.given_up: set[str] = set()
        self.found: dict[str, dict[str, int]] = {}
        self.of: dict[str, list[tuple[int, int]]] = {}
        for number, one in enumerate(sums):
            for name, sign in one:
                self.of.setdefault(name, []).append((number, sign))

    def known(self) -> str | None:
        """A figure that is to be hidden and can only be what it is, None for none. One that is safe stays so."""
        for name in sorted(self.wanted - self.given_up - self.found.keys()):
            changed = self.alternative(name, guessing=name in self.guessing)
            if not changed:
                return name
            self._keep(changed, name)
        return None

    def _keep(self, changed: dict[str, int], name: str) -> None:
        """It is an alternative for every figure that it changes."""
        for one in changed if name in self.guessing else (name,):
            if one in self.wanted:
                self.found[one] = changed

    def show(self, name: str) -> None:
        """Show a figure after all, where every other still has an alternative without it."""
        self.hidden.remove(name)
        before = dict(self.found)
        for one in [one for one, changed in before.items() if name in changed]:
            if name in self.found[one]:
                changed = self.alternative(one, guessing=one in self.guessing)
                if not changed:
                    self.hidden.add(name)
                    self.found = before
                    return
                self._keep(changed, one)

    def price(self, name: str, total: bool) -> tuple[bool, int, int, int, str]:
        """What hiding a figure costs, the least first: others hidden in its sums already may make up for it."""
        others = [sum(one in self.hidden for one, _ in self.sums[number]) for number, _ in self.of[name]]
        bare = sum(not hidden for hidden in others)
        return total, bare, len(others), self.figures[name], name

    def near(self, name: str) -> list[str]:
        """The figures of the sums that a figure stands in; of those of its hidden neighbours where these have none."""
        seen, edge = {name}, [name]
        while edge:
            found: list[str] = []
            for one in edge:
                for number, _ in self.of.get(one, ()):
                    found += [other for other, _ in self.sums[number] if other not in seen]
            if any(other not in self.hidden and self.figures[other] >= self.least for other in found):
                return list(dict.fromkeys(found))
            seen |= set(found)
            edge = [other for other in dict.fromkeys(found) if other in self.hidden]
        return []

    def alternative(self, name: str, guessing: bool) -> dict[str, int]:
        """Steps of some hidden figures, ``name`` among them, by which every sum holds; {} where none is found."""
        for step in (1, -1):
            if self.may(name, step, guessing):
                owed = {number: sign * step for number, sign in self.of.get(name, ())}
                for most in MOST_CHANGED:
                    search = _Search(self, guessing, most)
                    if search.go({name: step}, owed):
                        return search.found
        return {}

    def may(self, name: str, step: int, guessing: bool) -> bool:
        """Whether a reader, who may guess which are the small ones, would believe it to be one more, or one less."""
        value = self.figures[name] + step
        if not guessing or not self.figures[name]:
            return value >= min(1, self.figures[name])
        return small(value, self.least) == small(self.figures[name], self.least) and value > 0


class _Search:
    """Looks for an alternative, one sum that does not hold after another."""

    def __init__(self, table: _Table, guessing: bool, most: int) -> None:
        self.table, self.guessing, self.most, self.steps = table, guessing, most, 0
        self.found: dict[str, int] = {}

    def go(self, changed: dict[str, int], owed: dict[int, int]) -> bool:
        """``changed``: figure -> step; ``owed``: sum -> by how much it does not hold."""
        owed = {number: amount for number, amount in owed.items() if amount}
        if not owed:
            self.found = changed
            return True
        self.steps += 1
        if len(changed) >= self.most or self.steps > MOST_STEPS:
            return False
        ways = [(number, amount, self._ways(number, amount, changed)) for number, amount in owed.items()]
        _, _, fewest = min(ways, key=lambda one: len(one[2]))
        for name, step in fewest:
            then = dict(owed)
            for other, sign in self.table.of[name]:
                then[other] = then.get(other, 0) + sign * step
            if self.go({**changed, name: step}, then):
                return True
        return False

    def _ways(self, number: int, amount: int, changed: Mapping[str, int]) -> list[tuple[str, int]]:
        """The hidden figures of a sum that may be changed to bring it nearer, and by which step."""
        found = []
        for name, sign in self.table.sums[number]:
            step = -sign if amount > 0 else sign
            if name not in changed and name in self.table.hidden and self.table.may(name, step, self.guessing):
                found.append((name, step))
        return sorted(found, key=lambda one: len(self.table.of[one[0]]))
