"""The form "Enter a record": what is asked, what was typed, what is wrong with it."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection

import locales
from casework.calendar import LONDON
from console.codes import CHANNELS
from console.request import Request
from console.words import N_
from storage import campaigns, staff
from storage.asked import Question
from storage.entered import CHANNELS as WAYS
from storage.entered import Entered, Given, Media
from storage.staff import Member

#: Characters of one answer, of a letter typed off, of a line.
MOST_ANSWER, MOST_STORY, MOST_LINE = 5_000, 50_000, 200
#: Files of one record.
FILES = ("file-1", "file-2", "file-3", "file-4")
#: Sorts of questions in the order of the form -> what each part is called.
PARTS: Mapping[str, str] = {
    "told": N_("What they say"),
    "reach": N_("How they may be reached"),
    "later": N_("A few more questions, if they like"),
}
#: Another language than those offered.
OTHER = "other"
_REACH = ("contact", "details", "visit")
_DRAWN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Around:
    """What the form offers besides the questions: the organisation's staff, its campaigns."""

    staff: tuple[Member, ...]
    campaigns: tuple[tuple[str, str], ...]


def around(ask: Request, db: Connection) -> Around:
    """Read for the form; every campaign, since letters arrive late. Blocking."""
    organisation = ask.user.organisation
    members = staff.everyone(db, ask.site.sealer, (organisation,))
    found = campaigns.every(db, organisation)
    return Around(tuple(one for one in members if not one.disabled), tuple((one.code, one.name) for one in found))


def name(step: str) -> str:
    """The field of a question."""
    return f"q-{step}"


def part(question: Question) -> str:
    """The part of the form where a question stands: "told", "reach" or "later"."""
    return "later" if question.later else "reach" if question.id in _REACH else "told"


def ways(ask: Request) -> list[tuple[str, str]]:
    """How it may have come: (code, words)."""
    return [(code, ask.say(CHANNELS[code])) for code in WAYS]


def tongues(ask: Request) -> list[tuple[str, str]]:
    """In which language it may have been said: those offered, or another."""
    named = [(one.code, f"{one.english} ({one.name})" if one.code != "en" else one.name) for one in locales.offered()]
    return [*named, (OTHER, ask.say("Another language"))]


# What was typed ---------------------------------------------------------------------------------


def values(ask: Request, kept: Mapping[str, str]) -> dict[str, list[str]]:
    """Field -> what stands in it: what was posted, else what a stack of leaflets keeps, else now and in person."""
    if ask.form:
        return {field: [str(one) for one in ask.form.getall(field)] for field in ask.form}
    local = ask.now.astimezone(LONDON)
    found = {"day": local.date().isoformat(), "took": ask.user.name, "language": "en", **kept}
    if found["day"] == local.date().isoformat():
        found["time"] = f"{local:%H:%M}"
    return {field: [value] for field, value in found.items() if value}


def carried(ask: Request, questions: Sequence[Question]) -> list[tuple[str, str]]:
    """What was typed at questions that this kind does not ask, for when another kind is drawn again."""
    here = {field for one in questions for field in (name(one.id), f"{name(one.id)}-instead")}
    return [(field, str(value)) for field, value in ask.form.items() if field.startswith("q-") and field not in here]


def press(ask: Request) -> str:
    """What makes this press the same as another: the drawing of the form, and everything in it."""
    drawn = str(ask.form.get("drawn", ""))
    if not _DRAWN.fullmatch(drawn):
        drawn = secrets.token_hex(16)
    content = hashlib.sha256()
    for field, value in ask.form.items():
        if field != "token":
            content.update(f"{len(field)}:{field}{len(value)}:{value}".encode("utf-8", "replace"))
    for field, file in ask.files.items():
        content.update(f"{field}:{file.filename}:{file.file.seek(0, io.SEEK_END)}".encode("utf-8", "replace"))
        file.file.seek(0)
    return f"{drawn}.{content.hexdigest()}"


def answers(ask: Request, questions: Sequence[Question]) -> dict[str, Given]:
    """Question -> what was given; too long a text is an error."""
    found = {}
    for question in questions:
        field = name(question.id)
        offered = [choice.value for choice in question.choices]
        if question.kind == "choose":
            given = Given(ask.chosen(field, offered))
            given = given if question.many else Given(given.values[:1])
        else:
            words = ask.text(field, MOST_STORY if question.id == "story" else MOST_ANSWER)
            # Words say more than a tick beside them.
            given = Given((), words) if words else Given(ask.chosen(f"{field}-instead", offered)[:1])
        if given:
            found[question.id] = given
    return found


def came(ask: Request) -> datetime | None:
    """When it came: a day, and a time (noon where it is left empty), in London; never in the future."""
    try:
        day = date.fromisoformat(ask.text("day", 20))
    except ValueError:
        ask.errors.add("day", ask.say("Enter the day on which it came, like 27/03/2026"))
        return None
    typed = ask.text("time", 10)
    try:
        clock = time.fromisoformat(typed.replace(".", ":")) if typed else None
    except ValueError:
        ask.errors.add("time", ask.say("Enter the time like 14:30, or leave it empty"))
        return None
    now = ask.now
    today = now.astimezone(LONDON).date()
    if day > today:
        ask.errors.add("day", ask.say("The day on which it came cannot be in the future"))
        return None
    if day.year < today.year - 5:
        ask.errors.add("day", ask.say("Check the year: this is more than five years ago"))
        return None
    at = datetime.combine(day, clock or time(12), LONDON)
    if clock and at > now and (at - now).total_seconds() > 60:
        ask.errors.add("time", ask.say("The time at which it came cannot be in the future"))
        return None
    return min(at, now)


def entered(
    ask: Request, flow: str, questions: Sequence[Question], offered: Around, media: tuple[Media, ...]
) -> Entered | None:
    """The record of the form, None with ``ask.errors`` where something is wrong or missing."""
    given = answers(ask, questions)
    way = next(iter(ask.chosen("channel", WAYS)), "")
    if not way:
        ask.errors.add("channel", ask.say("Choose how it came"))
    at = came(ask)
    language = next(iter(ask.chosen("language", [code for code, _ in tongues(ask)])), "en")
    tongue = ask.text("tongue", MOST_LINE)
    if language == OTHER and not tongue:
        ask.errors.add("tongue", ask.say("Write which language it was, so that an interpreter can be found"))
    summary = ask.text("summary", MOST_STORY)
    needed = [one for one in questions if one.needed and one.id not in given]
    if needed and not summary and not (media and needed[0].id == "story"):
        words = ask.say("Write what they said, or your own summary of it")
        ask.errors.add(name(needed[0].id), words)
    elif not given and not summary and not media:
        ask.errors.add(name("story"), ask.say("Write what they said, or your own summary of it"))
    named = ask.chosen("named", [str(one.id) for one in offered.staff])
    _about_me(ask, given, named)
    took, present = ask.text("took", MOST_LINE), ask.text("present", MOST_LINE)
    if ask.errors or at is None:
        return None
    return Entered(
        organisation=ask.user.organisation,
        flow=flow,
        answers=given,
        channel=way,
        came_at=at,
        at=ask.now,
        by=ask.user.id,
        press=press(ask),
        media=media,
        language="en" if language == OTHER else language,
        tongue=tongue if language == OTHER else "",
        easy="easy" in ask.form,
        campaign=next(iter(ask.chosen("campaign", [code for code, _ in offered.campaigns])), ""),
        summary=summary,
        took=took,
        present=present,
        named=tuple(map(int, named)),
        worried="worried" in ask.form,
    )


def about_me(ask: Request, given: Mapping[str, Given], named: Sequence[str]) -> bool:
    """Whether the record may be about whoever enters it: chosen, or their whole name among the words."""
    if str(ask.user.id) in named:
        return True
    said = {word.casefold() for word in re.findall(r"\w+", given["worker"].words)} if "worker" in given else set()
    own = {word.casefold() for word in re.findall(r"\w+", ask.user.name)}
    return bool(own) and own <= said


def _about_me(ask: Request, given: Mapping[str, Given], named: Sequence[str]) -> None:
    if about_me(ask, given, named) and "about-me" not in ask.form:
        ask.errors.add(
            "about-me",
            ask.say(
                "This record is about you. Give it to a colleague to enter, or tick that you send it all the same: "
                "you cannot open it afterwards."
            ),
        )
