"""What an organisation has to offer and to choose from: names, lists, services, help lines, duty, faces."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from casework.calendar import Hours

#: What the shipped profiles name, in each language: ``profiles/names/<code>.toml``, English name -> its translation.
NAMES = Path(__file__).parent / "profiles" / "names"


@cache
def names(language: str) -> Mapping[str, str]:
    """The shipped translations of names; none for a language without a table."""
    path = NAMES / f"{language}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called, by language code; in TOML a plain string is the English name."""

    by_language: Mapping[str, str]

    def said(self, language: str) -> str:
        """The profile's own name in that language, else the shipped translation, else the English name."""
        english = self.by_language["en"]
        return self.by_language.get(language) or names(language).get(english) or english

    def __str__(self) -> str:
        return self.by_language["en"]

    @classmethod
    def from_toml(cls, value: object) -> Name:
        """A string, or a table of languages that has at least ``en``; otherwise ValueError says so."""
        if isinstance(value, str) and value:
            return cls({"en": value})
        if isinstance(value, dict) and value.get("en") and all(isinstance(v, str) for v in value.values()):
            return cls(dict(value))
        raise ValueError('write a name, as name = "Family support" or name = { en = "Family support", cy = "…" }')


def every(name: Name) -> frozenset[str]:
    """What something is called in any language: the profile's own names and the shipped translations."""
    shipped = (names(path.stem).get(str(name)) for path in NAMES.glob("*.toml"))
    return frozenset((*name.by_language.values(), *filter(None, shipped)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a list.

    aliases      other names that mean the same
    acceptable   a reason that is recorded when true but is no good reason ("staff changes") has false
    approval     who must approve it (a remedy), "" for nobody
    upheld       an outcome by which any part was upheld
    apology      a remedy that is an apology (or, where the profile lets it stand for one, an explanation)
    safeguarding a theme that may be a matter of safety the moment it is said
    least, most  the numbers a band takes in, both included: working days, or years of age
    agreed       a band that counts only what was extended with the complainant's agreement
    """

    id: str
    name: Name
    aliases: tuple[str, ...] = ()
    acceptable: bool = True
    approval: str = ""
    upheld: bool = False
    apology: bool = False
    safeguarding: bool = False
    least: int | None = None
    most: int | None = None
    agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service a record may be about.

    number        what it is called in what is published, where it is not named ("" = by its name)
    cases         cases held, by report year ("2020/21"), for complaints per cases held
    """

    id: str
    name: Name
    area: str = ""
    team: str = ""
    manager: str = ""
    number: str = ""
    cases: Mapping[str, int] = field(default_factory=dict)

    @property
    def residential(self) -> bool:
        """A home: an advocate visits it."""
        return self.area == "residential"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """Somewhere to turn in danger. ``serves`` says whom; it must be checked again by ``check_by``.

    dangers  the categories of danger it is for, () for all
    nations  where it answers, () for all of the United Kingdom
    """

    id: str
    name: Name
    number: str
    how: Literal["call", "text"] = "call"
    serves: Literal["everyone", "under19", "adults", "deaf"] = "everyone"
    dangers: tuple[str, ...] = ()
    nations: tuple[str, ...] = ()
    hours: str = "at any time"
    check_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The organisation's own duty line, and when a person really reads alerts and messages.

    red, amber  minutes within which a sign of danger of that level is to be acknowledged; then it is told again, wider
    """

    name: Name
    number: str
    hours: Hours
    check_by: date
    demonstration: bool = False
    red: int = 10
    amber: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMilestone:
    """What an organisation tells otherwise than ``casework.milestones`` does.

    told     False: the person is not told of it by a message
    named    of "looking": the name of whoever answers may be told
    wording  its own words, by language; where it has none in the person's language, ours are used
    """

    id: str
    told: bool = True
    named: bool = False
    wording: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """Somebody to turn to, with a face. ``photo`` is a file of the deployment's, "" for none."""

    id: str
    role: Name
    name: str
    number: str
    photo: str = ""
    demonstration: bool = False
