"""The world of one organisation: its words, lists and choices, as ``flows.session.World`` asks for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache, cached_property, lru_cache

import locales
from bot.config import BadSettings
from bot.danger import Watching
from casework.calendar import LONDON, Calendar, Hours
from casework.procedure import Profile
from flows.lexicon import lexicon as folded
from flows.reading import fold
from flows.safety import Watch
from flows.session import LATER, Lexicon, Line, Signs, Voice
from flows.steps import N_, Option, Text
from locales.dates import read_date

#: When a person reads what is sent; the profile's duty hours fill it.
WORKING_DAYS = N_("between {opens} and {closes}, Monday to Friday")
EVERY_DAY = N_("between {opens} and {closes}, every day")
AS_SOON = N_("as soon as they can")
#: A day and the time on it.
AT = N_("{time} on {day}")

#: Place -> the help lines that may fill it, the first that answers in the organisation's nation, and how it is said.
HELP = {
    "emergency": (("emergency",), "{number}"),
    "childline": (("childline",), "{number}"),
    "shout": (("shout",), "{number}"),
    "nhs": (("nhs", "nhs24", "lifeline"), "{number} ({name})"),
    "adult_line": (("samaritans",), "{name} {number}"),
}
#: Somebody needs this long to open an alert even when they sit in front of it.
TO_READ = dt.timedelta(minutes=30)


def london_now() -> dt.datetime:
    """The time in London."""
    return dt.datetime.now(LONDON)


class OrganisationWorld:
    """Built once for each organisation; everything that does not change is kept after its first use."""

    def __init__(
        self,
        profile: Profile,
        watch: Watch | Watching,
        clock: Callable[[], dt.datetime] = london_now,
        overlays: Mapping[str, Mapping[tuple[str, str], str]] = {},
    ) -> None:
        self.profile = profile
        #: The working days of now; an open store puts in those that staff have changed (``bot.store``).
        self.calendar: Callable[[], Calendar] = lambda: profile.calendar
        self._watch = watch
        self._clock = clock
        self._overlays = overlays
        self._template = lru_cache(maxsize=8192)(self._read_template)
        self._listed = lru_cache(maxsize=256)(self._read_listed)
        self._translator = lru_cache(maxsize=None)(lambda code: locales.translator(code, overlays.get(code)))

    @property
    def organisation(self) -> str:
        """The profile's id."""
        return self.profile.id

    @cached_property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """(code, own name) of every language that is offered, in the order of ``languages.toml``."""
        return tuple((entry.code, entry.name) for entry in locales.offered())

    def language_named(self, text: str) -> str:
        """The code of an offered language by its own name, its English one or another people use; "" for none."""
        named = fold(text)
        for entry in locales.offered():
            if named in map(fold, (entry.name, entry.english, *entry.also)):
                return entry.code
        return ""

    # Words ------------------------------------------------------------------------------------------

    def words(self, line: Line, voice: Voice) -> str:
        """The line in their language; a LATER place stays, isolated where the language runs right to left."""
        voice = line.voice or voice
        code = voice.language or locales.SOURCE
        if line.text.verbatim:
            return locales.isolate(_inert(line.text.plain), code)
        text = self._template(line.text, code, voice.register, voice.easy)
        if "{" not in text:
            return text
        args = {name: _inert(value) for name, value in line.args.items()}
        if "{alert_by}" in text and "alert_by" not in args:
            args["alert_by"] = self._alert_by(code)
        for place in LATER:
            args.setdefault(place, "{" + place + "}")
        return locales.fill(text, args, code)

    def _read_template(self, text: Text, code: str, register: str, easy: bool) -> str:
        """A text translated, with the places filled that the organisation fills."""
        context, message = text.pick(register, easy)
        said = self._translator(code)(locales.reader(context, register), message, text.plain)
        return locales.fill(said, self._places(code), code)

    def _places(self, code: str) -> dict[str, str]:
        found = {place: help_said(self.profile, place, code) for place in HELP}
        return {**found, "organisation": self.profile.name.said(code), "hours": self._hours(code)}

    def _hours(self, code: str) -> str:
        translate = self._translator(code)
        if self.profile.duty is None:
            return translate("", AS_SOON)
        hours: Hours = self.profile.duty.hours
        said = translate("", EVERY_DAY if hours.days == "every day" else WORKING_DAYS)
        return locales.fill(said, {"opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}"}, code)

    def _alert_by(self, code: str) -> str:
        """When a person may read an alert: the first moment somebody is there, and can have opened it."""
        ready = self._clock().astimezone(LONDON) + TO_READ
        if self.profile.duty is not None:
            ready = self.calendar().next_open(self.profile.duty.hours, ready)
        args = {"time": f"{ready:%H:%M}", "day": locales.show_date(ready.date(), code)}
        return locales.fill(self._translator(code)("", AT), args, code)

    # Lists ------------------------------------------------------------------------------------------

    def lexicon(self, language: str) -> Lexicon:
        """What people type in a language (``words.toml``), folded; the source language's while none is chosen."""
        return lexicon(language or locales.SOURCE)

    def emoji(self, symbol: str) -> str:
        """The emoji of a concept, "" when it has none."""
        return locales.emoji(symbol)

    def signs(self, text: str, language: str) -> Signs:
        """The signs of danger in a text, by the lists of every language; ``language`` is the talk's."""
        return self._watch.signs(text, language or locales.SOURCE)

    def listed(self, source: str, voice: Voice) -> tuple[Option, ...]:
        """The options of a list of the profile, in the language of the voice."""
        return self._listed(source, voice.language or locales.SOURCE)

    def _read_listed(self, source: str, code: str) -> tuple[Option, ...]:
        services = {one.id: one for one in self.profile.services.values() if source == "services" or one.residential}
        entries = services if source in ("services", "homes") else self.profile.listed(source)
        symbol = {"services": "building", "homes": "home"}.get(source, "")
        return tuple(Option(one.id, Text(one.name.said(code), verbatim=True), symbol) for one in entries.values())

    @property
    def nudge(self) -> dt.timedelta:
        """The profile's ``nudge``, in hours; none for never."""
        return dt.timedelta(hours=self.profile.nudge)

    def wants(self, part: str) -> bool:
        """Whether the profile names this part; homes are asked about where any service is a residential one."""
        if part == "homes":
            return any(one.residential for one in self.profile.services.values())
        return part in self.profile.wants

    # Dates ------------------------------------------------------------------------------------------

    def read_date(self, text: str, language: str, today: dt.date) -> dt.date | None:
        """A date said in words of a language, on the day ``today``; None for none, and never one to come."""
        return read_date(text, language or locales.SOURCE, today)

    def show_date(self, day: dt.date, voice: Voice) -> str:
        """A date as the voice's language writes it, the weekday included."""
        return locales.show_date(day, voice.language or locales.SOURCE)


def help_said(profile: Profile, place: str, code: str) -> str:
    """What fills one of the places of HELP. Raises BadSettings when the profile has no such line."""
    wanted, said = HELP[place]
    lines = {line.id: line for line in profile.help_lines}
    line = next((lines[one] for one in wanted if one in lines), None)
    if line is None:
        raise BadSettings(
            f"The profile of {profile.id} has no help line {' or '.join(wanted)} for {profile.nation}; people in "
            'danger are told it. Add it under [help], or inherit it: base = "_common".'
        )
    return said.format(number=line.number, name=line.name.said(code))


@cache
def lexicon(code: str) -> Lexicon:
    """What people type in a language, folded."""
    words = locales.words(code)
    return folded(words.anytime, words.yes, words.no, words.done, words.unsure)


def _inert(value: str) -> str:
    """A person's own "{receipt}" stays two words: the store fills only ours. The word joiner is not seen."""
    for place in LATER:
        value = value.replace("{" + place, "{\u2060" + place)
    return value
