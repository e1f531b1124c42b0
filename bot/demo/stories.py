"""What the invented people say (``stories.toml``), with its places filled."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

_PLACES = ("worker", "day", "place", "friend")


@dataclass(frozen=True, slots=True)
class Story:
    """One story: see the head of ``stories.toml``."""

    kind: str
    who: str
    point: str
    text: str
    want: str = ""
    language: str = "en"
    themes: tuple[str, ...] = ()
    danger: bool = False


@dataclass(frozen=True)
class Book:
    """All of them. ``names``: what fills a place; ``first`` and ``last`` names of staff."""

    stories: tuple[Story, ...]
    names: Mapping[str, Sequence[str]] = field(repr=False)
    first: Sequence[str] = field(repr=False)
    last: Sequence[str] = field(repr=False)

    def filled(self, story: Story, rng: Random) -> Story:
        """The story as one person tells it."""
        places = {name: rng.choice(self.names[name]) for name in _PLACES}
        if story.language != "en":  # the others bend words: only a name stands in any sentence
            places |= {name: "" for name in _PLACES if name != "worker"}
        return replace(story, text=story.text.format(**places), want=story.want.format(**places))


@cache
def book() -> Book:
    """The stories as they are shipped."""
    found = tomllib.loads(files("bot.demo").joinpath("stories.toml").read_text("utf-8"))
    stories = tuple(Story(**_listed(one)) for one in found["story"])
    return Book(stories, found["names"], found["staff"]["first"], found["staff"]["last"])


def _listed(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "themes": tuple(one.get("themes", ()))}
