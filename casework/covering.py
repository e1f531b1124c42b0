"""Other people in what somebody is given a copy of: found, shown to a worker, and covered unless the worker says not.

Nothing is decided here: what is found is proposed with the line it stands in. Names in writing without capital letters
(Arabic, Bengali …) are found only where a record or the staff list knows them; the page says so.
Data Protection Act 2018, schedule 2, paragraph 16: others' data, unless they agree or it is reasonable without.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

#: What stands in the place of what is covered.
COVER = "█████"
#: Why something is proposed.
WHY = ("named", "staff", "name", "number", "address")
_ADDRESS = re.compile(r"[^\s@<>()\[\]]{1,64}@[^\s@<>()\[\]]{1,190}\.\w{2,24}")
_NUMBER = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){7,14}")
_RUN = re.compile(r"\w+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
#: Words with a capital that name nobody.
_COMMON = frozenset(
    "i i'm i've i'd i'll monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december christmas easter eid ramadan diwali english welsh arabic "
    "polish england wales scotland ireland britain london ok okay mr mrs ms miss dr mum dad mam nan gran grandma "
    "grandad uncle aunt auntie sir hearback council trust childline back skip help stop delete contact urgent hb "
    "sms whatsapp telegram text message service team school social worker manager complaint yes no the and but then "
    "because when what why how she he they we you it my his her our their this that there here not never please "
    "thank thanks sorry hello hi dear nobody somebody someone everyone everybody anyone nothing something "
    "everything today tomorrow yesterday last next every after before since once all also at in on for from of to "
    "if it's as an are be been can could did do does done had has have is was were will would".split()
)
_GOES_ON = re.compile(
    r"['’]s\b|\s+(?:[A-Z][a-z]+|[a-z]{2,}(?:ed|s)|said|saw|took|gave|made|left|told|came|went|got|hit|kept|let|put|threw"
    r"|lost|shut|held|was|is|has|had|did|never|always|and|will|would|can|could)\b"
)
#: How much of a line is shown around what was found, in characters to each side.
AROUND = 60


@dataclass(frozen=True, slots=True)
class Found:
    """A word or name that may be of somebody else. ``why`` is one of WHY; ``around`` the first line it stands in."""

    words: str
    why: str
    count: int
    around: str


def find(
    texts: Iterable[str], *, own: Iterable[str] = (), named: Iterable[str] = (), staff: Iterable[str] = ()
) -> list[Found]:
    """Who else may be in these texts, the best known first.

    own    what the person says of themselves (name, number, address): never proposed
    named  answers that name somebody: the worker it is about, the child it is for, who helps
    staff  names of the organisation's staff
    """
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    mine = {word.casefold() for text in own for word in _WORD.findall(text)}
    digits = {"".join(filter(str.isdecimal, text))[-9:] for text in own} - {""}
    said = " ".join(own).casefold()
    proposed: dict[str, tuple[str, str]] = {}

    def propose(words: str, why: str) -> None:
        key = words.casefold()
        if key not in mine and key not in said:
            proposed.setdefault(key, (words, why))

    for why, names in (("named", named), ("staff", staff)):
        for name in names:
            for word in _WORD.findall(name):
                if len(word) > 1 and word.casefold() not in _COMMON and (word[0].isupper() or not _cased(word)):
                    propose(word, why)
    for line in lines:
        for address in _ADDRESS.findall(line):
            propose(address.rstrip(".,;"), "address")
        for number in _NUMBER.findall(line):
            if "".join(filter(str.isdecimal, number))[-9:] not in digits:
                propose(number, "number")
        for word in _capitals(line):
            propose(word, "name")
    known = _Words(words for words, _ in proposed.values())
    counts: Counter[str] = Counter()
    around: dict[str, str] = {}
    for line in lines:
        ended: dict[str, int] = {}
        for key, start, end in known.within(line):
            if start >= ended.get(key, 0):
                ended[key] = end
                counts[key] += 1
                around.setdefault(key, _around(line, start, end))
    return [Found(words, why, counts[key], around[key]) for key, (words, why) in proposed.items() if key in around]


def _capitals(line: str) -> Iterable[str]:
    """Words with a capital inside a sentence, and first words that no dictionary of ours knows as common."""
    for match in _WORD.finditer(line):
        word = match[0]
        if not word[0].isupper() or len(word) < 2 or word.casefold() in _COMMON:
            continue
        before = line[: match.start()].rstrip()
        begins = not before or before[-1] in ".!?:“\"'‘(–-•"
        if not begins or (len(word) > 3 and not word.isupper() and _followed(line[match.end() :])):
            yield word


def _followed(rest: str) -> bool:
    """Whether a sentence goes on as it does after a name: “Sam said”, “Ann Lee”, “Sam’s”, “Kyle shouted”."""
    return _GOES_ON.match(rest) is not None


def _cased(word: str) -> bool:
    return word.lower() != word.upper()


def _around(line: str, start: int, end: int) -> str:
    start, end = max(0, start - AROUND), end + AROUND
    return f"{'…' if start else ''}{line[start:end].strip()}{'…' if end < len(line) else ''}"


class _Words:
    """Words and names to be found in any case where they stand as words: all of them in one pass over a text.

    One pattern after the other would take the time of every word times that of every text, and both may be a
    stranger's: thousands of names in a long story.
    """

    def __init__(self, words: Iterable[str]) -> None:
        every = set(words)
        self._known = {word.casefold() for word in every}
        #: The first letters or digits in each -> (characters before them, length of the whole).
        self._begun: dict[str, set[tuple[int, int]]] = {}
        #: What has none: a worker may have a sign covered.
        self._signs = [word for word in every if not _RUN.search(word)]
        for word in every:
            if first := _RUN.search(word):
                lengths = {len(word), len(word.casefold())}  # “ß” is “ss” where case is none
                self._begun.setdefault(first[0].casefold(), set()).update((first.start(), one) for one in lengths)

    def within(self, text: str) -> Iterator[tuple[str, int, int]]:
        """(the word casefolded, where it starts, where it ends); longer ones may hold shorter ones."""
        places = [(run.start() - before, length) for run in _RUN.finditer(text) for before, length in self._at(run[0])]
        places += [(one.start(), len(sign)) for sign in self._signs for one in re.finditer(re.escape(sign), text)]
        for start, length in places:
            end = start + length
            key = text[start:end].casefold() if start >= 0 else ""
            if key in self._known and not (_RUN.match(text[end : end + 1]) or _RUN.match(text[start - 1 : start])):
                yield key, start, end

    def _at(self, run: str) -> Iterable[tuple[int, int]]:
        return self._begun.get(run.casefold(), ())


def covered(text: str, words: Iterable[str]) -> str:
    """A text with these words covered, wherever they stand as words, in any case; the longest first."""
    there = _Words(word.strip() for word in words if word.strip()).within(text)
    out, at = [], 0
    for _, start, end in _apart(sorted(there, key=lambda one: one[1] - one[2])):
        out += [text[at:start], COVER]
        at = end
    return "".join([*out, text[at:]])


def _apart(places: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Those that overlap none before them in this order, as they stand in the text."""
    taken: set[int] = set()
    kept = []
    for one in places:
        span = range(one[1], one[2])
        if span[0] not in taken and span[-1] not in taken:
            taken.update(span)
            kept.append(one)
    return sorted(kept, key=lambda one: one[1])


def to_cover(found: Iterable[Found], decided: Mapping[str, str]) -> list[str]:
    """What is covered: everything that was found and what a worker added, but for what has a reason to be read."""
    known = {word.casefold(): (word, reason) for word, reason in decided.items()}
    out = [one.words for one in found if not known.get(one.words.casefold(), ("", ""))[1]]
    return list(dict.fromkeys([*out, *(word for word, reason in known.values() if not reason)]))
