"""A small world in English, so that the store's tests stand on the engine and the flows alone."""

from __future__ import annotations

from datetime import date, timedelta

from casework.offer import Name
from casework.procedure import KINDS, Clock, Profile, Stage
from flows.lexicon import lexicon
from flows.session import Lexicon, Line, Signs, Voice
from flows.steps import Option, Text

_WORDS = lexicon(
    {
        word: (word,)
        for word in ("help", "stop", "start", "back", "skip", "delete", "again", "later", "easy", "contact", "urgent")
    },
    ("yes",),
    ("no",),
    ("done",),
    ("not sure",),
)


_PLACES = {
    "organisation": "Example",
    "hours": "in the day",
    "emergency": "999",
    "childline": "0800 1111",
    "shout": "85258",
    "nhs": "111",
    "adult_line": "116 123",
    "alert_by": "tomorrow",
}


class PlainWorld:
    """One organisation; "hitting me" is a sign of danger."""

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation
        self.languages = (("en", "English"),)
        self.nudge = timedelta(hours=24)

    def words(self, line: Line, voice: Voice) -> str:
        said = line.text.pick(voice.register, voice.easy)[1]
        for place, value in {**_PLACES, **line.args}.items():
            said = said.replace("{" + place + "}", value)
        return said

    def lexicon(self, language: str) -> Lexicon:
        return _WORDS

    def emoji(self, symbol: str) -> str:
        return ""

    def signs(self, text: str, language: str) -> Signs:
        return Signs("red", ("hurt",), ("hitting me",)) if "hitting me" in text else Signs()

    def listed(self, source: str, voice: Voice) -> tuple[Option, ...]:
        return (
            Option("fostering", Text("Fostering", verbatim=True)),
            Option("youth", Text("Youth work", verbatim=True)),
        )

    def wants(self, part: str) -> bool:
        return False

    def read_date(self, text: str, language: str, today: date) -> date | None:
        return today if text == "today" else None

    def show_date(self, day: date, voice: Voice) -> str:
        return f"{day.day} {day:%B %Y}"


def profile(organisation: str) -> Profile:
    """Acknowledged a day later, a complaint answered two weeks later; all days count."""
    kinds = tuple(KINDS)
    clocks = (
        Clock(
            id="acknowledgement",
            name=Name({"en": "Acknowledge it"}),
            starts="filed",
            stops=("acknowledged", "stage1.answered"),
            days=1,
            unit="calendar days",
            kinds=tuple(kind for kind in kinds if kind != "unfinished"),
        ),
        Clock(
            id="stage1.response",
            name=Name({"en": "Answer at stage 1"}),
            starts="filed",
            stops=("stage1.answered",),
            days=14,
            unit="calendar days",
            extended=28,
        ),
    )
    return Profile(
        id=organisation,
        name=Name({"en": "Example"}),
        nation="England",
        about="A small procedure for tests.",
        kinds={kind: Name({"en": kind}) for kind in kinds},
        stages={"stage1": Stage(id="stage1", name=Name({"en": "Stage 1"}))},
        clocks={clock.id: clock for clock in clocks},
    )


#: Every organisation that the tests name.
PROFILES = {name: profile(name) for name in ("example", "another", "org0", "org1", "org2")}
