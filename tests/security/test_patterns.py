"""No pattern of ours takes long over any text: hostile ones, and the time that twice as much takes."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

PACKAGES = ("bot", "casework", "console", "flows", "locales", "storage")
#: Pieces that patterns stumble over when they are repeated; what stands at the end keeps them from fitting.
PIECES = (
    "a",
    " ",
    "0",
    "a ",
    "0 ",
    "ab1",
    "-",
    ".",
    "\n",
    "'",
    '"',
    "<",
    "(",
    "/",
    "=",
    "@",
    "é",
    "ا",
    "\t \n",
    "1,",
    "a.b@",
)
#: Characters of a short and a longer hostile text.
SHORT, LONG = 600, 1_200
#: Twice as much text may take four times as long, not eight: 20,000 characters would take minutes.
STEEPER, WORTH = 5.5, 0.04
#: Seconds of this machine's time that LONG characters may take in any case.
MOST = 1.5


def patterns() -> Iterator[re.Pattern[str]]:
    """Every compiled pattern that our modules hold once all of them are imported."""
    held: set[int] = set()
    for package in PACKAGES:
        module = importlib.import_module(package)
        for found in pkgutil.walk_packages(module.__path__, f"{package}."):
            if "migrations" in found.name or found.name.endswith("__main__"):
                continue
            one = importlib.import_module(found.name)
            for value in gc.get_referents(vars(one)):
                for each in (value, *(gc.get_referents(value) if isinstance(value, (dict, tuple, list)) else ())):
                    if isinstance(each, re.Pattern) and isinstance(each.pattern, str) and id(each) not in held:
                        held.add(id(each))
                        yield each


def slow(pattern: re.Pattern[str], text: str) -> float:
    """Seconds of this process; what else the machine does is not counted."""
    begun = time.process_time()
    for way in (pattern.search, pattern.fullmatch):
        way(text)
    return time.process_time() - begun


def test_no_pattern_is_slow_on_any_text() -> None:
    found = list(patterns())
    assert len(found) > 60, "the patterns were not found"
    wrong = []
    for pattern in found:
        for piece in PIECES:
            short, longer = ((piece * much)[:much] + "!" for much in (SHORT, LONG))
            if (first := slow(pattern, short)) < WORTH / 8:
                continue
            second = slow(pattern, longer)
            if second > MOST or (second > WORTH and second > STEEPER * first):
                wrong.append(f"{pattern.pattern[:80]!r} on {piece!r}: {first:.3f} s, then {second:.3f} s")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("bad", [r"^(a+)+$", r"(?:\w+\s?)+$"])
def test_a_pattern_that_is_slow_would_be_found(bad: str) -> None:
    assert slow(re.compile(bad), "a" * 21 + "!") > WORTH / 4
