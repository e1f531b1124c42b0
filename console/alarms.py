"""What an alert says: how grave, what kind of danger, which organisation and record, and where to confirm it.

Never words, names or numbers of anybody. In Wales it says everything in Welsh and in English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from casework.alerting import AMBER, RED, Telling
from casework.procedure import Profile
from console.codes import DANGERS, LEVELS
from console.render import shown
from console.words import speaker

#: Nations whose alerts are in more than English; the first language leads.
LANGUAGES = {"Wales": ("cy", "en")}


def wording(profile: Profile, telling: Telling) -> tuple[str, str]:
    """The title and the text of a message."""
    languages = LANGUAGES.get(profile.nation, ("en",))
    titles = [_title(speaker(code), profile.name.said(code), telling) for code in languages]
    bodies = ["\n".join(_body(speaker(code), code, telling)) for code in languages]
    link = f"\n{telling.link}" if telling.link else ""
    return " / ".join(titles), "\n\n".join(bodies) + link


def _title(say: Callable[..., str], organisation: str, telling: Telling) -> str:
    if telling.test:
        return say("Test of the alarm: {organisation}", organisation=organisation)
    if telling.count > 1:
        return say("{count} signs of danger: {organisation}", count=telling.count, organisation=organisation)
    return f"{say(LEVELS[RED if telling.signs.get(RED) else AMBER])}: {organisation}"


def _body(say: Callable[..., str], language: str, telling: Telling) -> Iterator[str]:
    if telling.test:
        yield say("This is a test. Nobody is in danger, and there is nothing to do.")
        return
    if telling.count > 1:
        yield ", ".join(f"{say(LEVELS[level])}: {telling.signs[level]}" for level in LEVELS if telling.signs.get(level))
    yield ", ".join(say(DANGERS[code]) if code in DANGERS else code.replace("_", " ") for code in telling.categories)
    named = ", ".join(telling.references)
    yield say("Record {reference}", reference=named) if named else say("There is no record yet, only a talk.")
    if telling.since:
        yield say("Since {time}", time=shown(telling.since, language))
    if telling.rounds > 1:
        yield say("Nobody has confirmed it yet. This was told {count} times.", count=telling.rounds)
    yield say("Open the page, read it, and confirm that you act on it:")
