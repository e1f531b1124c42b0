"""No pattern of ours takes long over any text: hostile ones, and the time that twice as much takes."""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
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


# As they are used, also those that stand where they are used -----------------------------------------

Way = Callable[[re.Pattern[Any], Any], object]
_ALL: Way = lambda pattern, text: sum(1 for _ in pattern.finditer(text))  # noqa: E731 - a table of ways, not a name
WAYS: dict[str, Way] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    **dict.fromkeys(("sub", "subn", "split", "findall", "finditer"), _ALL),
}
#: Characters of a text; a pattern whose time grows with the square of it takes SQUARE seconds or more for the longer.
TEXTS, SQUARE = (3_000, 12_000), 0.03
#: Those that may, because what they read is short: pattern -> where it is cut.
CUT = {
    r"https?://\S+|\S+@\S+": "locales.identify looks at the first 600 characters",
    r"\s*\((%|£)\)$": "labels of our own tables",
}


def compiled(call: ast.AST) -> re.Pattern[Any] | None:
    """The pattern of ``re.something("literal", …)``; None for anything else."""
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
        return None
    text, module = call.args[0], call.func.value
    if not (isinstance(module, ast.Name) and module.id == "re" and isinstance(text, ast.Constant)):
        return None
    given = [node for one in (*call.args[1:], *call.keywords) for node in ast.walk(one)]
    named = {node.attr for node in given if isinstance(node, ast.Attribute)}
    return re.compile(text.value, sum({flag for name, flag in re.RegexFlag.__members__.items() if name in named}))


def used(tree: ast.Module) -> Iterator[tuple[re.Pattern[Any], str]]:
    """(pattern, way) of every use in a module: ``re.way("literal", …)``, and ``NAME.way(…)`` of its own names."""
    names = {
        target.id: pattern
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and (pattern := compiled(node.value)) is not None
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAYS:
            owner = node.func.value
            pattern = names.get(owner.id) if isinstance(owner, ast.Name) else None
            if (found := pattern or compiled(node)) is not None:
                yield found, node.func.attr


def squared(pattern: re.Pattern[Any], way: str) -> str:
    """A piece that a pattern takes the square of its text for, "" for none."""
    for piece in PIECES:
        took = []
        for much in TEXTS:
            text: Any = (piece * much)[:much] + "!"
            text = text.encode() if isinstance(pattern.pattern, bytes) else text
            begun = time.process_time()
            WAYS[way](pattern, text)
            took.append(time.process_time() - begun)
            if took[0] < SQUARE / 32:
                break
        if took[-1] > SQUARE and took[-1] > 8 * took[0]:
            return f"{piece!r}: {took[0]:.3f} s, then {took[-1]:.3f} s"
    return ""


def test_no_pattern_takes_the_square_of_what_it_is_used_on() -> None:
    found: dict[tuple[str, str], tuple[re.Pattern[Any], str]] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for pattern, way in used(ast.parse(path.read_text("utf-8"))):
                found[f"{pattern.pattern!r} {pattern.flags}", way] = (pattern, path.name)
    assert len(found) > 60, "the uses were not found"
    wrong = [
        f"{where}: {pattern.pattern[:80]!r}.{way} on {piece}"
        for (_, way), (pattern, where) in found.items()
        if pattern.pattern not in CUT and (piece := squared(pattern, way))
    ]
    assert not wrong, "\n".join(wrong)
    assert set(CUT) <= {pattern.pattern for pattern, _ in found.values()}, "what is gone needs no exception"


def test_a_pattern_that_stands_where_it_is_used_is_seen() -> None:
    tree = ast.parse('import re\nX = re.compile("a", re.I)\nX.sub("", t)\ndef f(t): return re.sub("[ ]*\\n", "", t)')
    seen = {(pattern.pattern, pattern.flags & re.IGNORECASE, way) for pattern, way in used(tree)}
    assert seen == {("a", re.IGNORECASE, "sub"), ("[ ]*\n", 0, "sub")}
    assert squared(re.compile(r"[ \t]*\n[ \t]*"), "sub").startswith("' '"), "a mail of spaces stopped the server by it"


@pytest.mark.parametrize("bad", [r"^(a+)+$", r"(?:\w+\s?)+$"])
def test_a_pattern_that_is_slow_would_be_found(bad: str) -> None:
    assert slow(re.compile(bad), "a" * 21 + "!") > WORTH / 4
