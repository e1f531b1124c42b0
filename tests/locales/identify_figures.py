"""How often the language is told right, on messages nothing was tuned to: ``python -m tests.locales.identify_figures``.

``identify_check/<code>.txt`` holds sixty messages a language as children and parents write them, a third of them
without marks, misspelt or in Latin letters; ``strangers.txt`` holds some in languages we do not have, and some in none
at all. They were written before the identifier was tuned, and are not to be looked at for tuning: what it learns from
is ``locales/<code>/identify.toml``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locales import KNOWN
from locales.identify import identify

CHECK = Path(__file__).parent / "identify_check"
STRANGERS = CHECK / "strangers.txt"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one language: how many messages, in how many it was told, asked about and told wrongly."""

    code: str
    right: int
    asked: int
    wrong: int

    @property
    def messages(self) -> int:
        return self.right + self.asked + self.wrong


def measured(code: str) -> Figures:
    """The figures of one language."""
    told = [identify(text).language for text in lines(CHECK / f"{code}.txt")]
    asked = told.count(None)
    right = told.count(code)
    return Figures(code, right, asked, len(told) - asked - right)


def lines(path: Path) -> list[str]:
    """The messages in a file, one a line."""
    return path.read_text("utf-8").splitlines()


def strangers() -> tuple[int, int]:
    """Of texts in no language of ours: how many there are, and how many are taken for one of ours."""
    told = [identify(text).language for text in lines(STRANGERS)]
    return len(told), len(told) - told.count(None)


def table() -> Iterator[str]:
    """The figures as a Markdown table."""
    found = [measured(code) for code in KNOWN]
    yield "| language | messages | right | asked | wrong |"
    yield "|---|---|---|---|---|"
    for one in found:
        yield f"| {KNOWN[one.code].english} | {one.messages} | {_share(one.right, one.messages)} | " + (
            f"{_share(one.asked, one.messages)} | {_share(one.wrong, one.messages)} |"
        )
    every = sum(one.messages for one in found)
    right, asked, wrong = (sum(getattr(one, name) for one in found) for name in ("right", "asked", "wrong"))
    yield f"| **all** | {every} | {_share(right, every)} | {_share(asked, every)} | {_share(wrong, every)} |"
    count, taken = strangers()
    yield ""
    yield f"Of {count} texts in no language of ours, {taken} are taken for one of ours."


def _share(count: int, messages: int) -> str:
    return f"{100 * count / messages:.1f} %"


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
