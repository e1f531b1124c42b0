"""The shapes of a turn: what was said comes in with a session; a session and effects go out.

Everything here is frozen and knows its JSON; the engine keeps nothing else between turns.

Long, and one file all the same: it is the contract between engine, store and channels, to be read in one go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Protocol

from flows.steps import Option, Text

#: Raised when the shape of a session changes; an older program refuses a newer session.
VERSION = 1


class NewerSession(ValueError):
    """The session was written by a newer release; upgrade this process before it goes on."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak to this person: language code, register ("child", "young", "") and easy-read."""

    language: str = "en"
    register: str = ""
    easy: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A stored file. ``id`` is the store's, ``kind`` one of image, audio, video, document; ``size`` in bytes."""

    id: str
    kind: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What the person sent, or what happened, at an aware time.

    text      as typed
    choice    the token of a pressed button, ``step=value``; one token a line where several were ticked
    media     files, already stored
    entry     what a poster, link or keyword preselects: step or "kind", "language", "register", "easy" -> value
    language  what the channel takes the language to be ("" when it does not know)
    event     "" for a message; "edited" for one they sent before and changed; "open" when they come to a page;
              "wake" when Session.wake has passed; "found" with ``found`` when the store answers a Need;
              "ask" when we begin: the survey of a filed record. ``entry`` then has its "reference", "about" (codes
              with spaces between, ``flows.scripts.survey.ABOUT``), "register", "easy"; nothing happens while
              something else is under way
    """

    at: datetime
    text: str = ""
    choice: str = ""
    media: tuple[Media, ...] = ()
    entry: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    event: str = ""
    found: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("Said.at needs a time zone: pass an aware datetime")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered at one step.

    values   options chosen, an ISO date or "unsure", what a look-up found
    words    exactly what they typed, message by message
    media    files that belong to it
    done     a story is open until they say that is all
    skipped  they chose not to answer
    """

    values: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    done: bool = True
    skipped: bool = False

    def to_json(self) -> dict[str, Any]:
        """Only what differs from an empty answer, under one-letter keys: a session is written every turn."""
        out: dict[str, Any] = {}
        if self.values:
            out["v"] = self.values
        if self.words:
            out["w"] = self.words
        if self.media:
            out["m"] = [(m.id, m.kind, m.size) for m in self.media]
        if not self.done:
            out["o"] = 1
        if self.skipped:
            out["s"] = 1
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answer:
        """What ``to_json`` wrote; a key that is not there has its default."""
        return cls(
            tuple(data["v"]) if "v" in data else (),
            tuple(data["w"]) if "w" in data else (),
            tuple([Media(*m) for m in data["m"]]) if "m" in data else (),
            "o" not in data,
            "s" in data,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """Where a talk is. The open question is not stored: it follows from ``flow``, ``answers`` and ``pending``.

    flow      the flow they are in
    answers   step id -> Answer, of this flow and of the story kept before one was chosen
    order     step ids in the order answered, for BACK
    told      Tell steps already said
    record    how many records this talk has begun (the number of the one under way when ``begun``)
    begun     the record under way has reached the store, complete or because of a sign of danger
    filed     the record under way is complete: answers are now additions to it
    mine      reference of an earlier record they have shown to be theirs
    pending   questions beside the path, the open one last
    channel   "web", "sms", "telegram"
    misses    answers in a row that were not understood
    dangers   categories of danger already spoken about
    wake      when to be woken if nothing is said before
    last      when they last said something
    """

    flow: str = "menu"
    answers: Mapping[str, Answer] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    record: int = 0
    begun: bool = False
    filed: bool = False
    mine: str = ""
    pending: tuple[str, ...] = ()
    channel: str = "web"
    voice: Voice = Voice("")
    misses: int = 0
    dangers: tuple[str, ...] = ()
    stopped: bool = False
    entry: Mapping[str, str] = field(default_factory=dict)
    wake: datetime | None = None
    last: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object; ``from_json`` gives the same session back."""
        return {
            "version": VERSION,
            "flow": self.flow,
            "answers": {step: answer.to_json() for step, answer in self.answers.items()},
            "order": self.order,
            "told": self.told,
            "record": self.record,
            "begun": self.begun,
            "filed": self.filed,
            "mine": self.mine,
            "pending": self.pending,
            "channel": self.channel,
            "voice": [self.voice.language, self.voice.register, self.voice.easy],
            "misses": self.misses,
            "dangers": self.dangers,
            "stopped": self.stopped,
            "entry": dict(self.entry),
            "wake": self.wake.isoformat() if self.wake else None,
            "last": self.last.isoformat() if self.last else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Session:
        """Raises NewerSession when a newer release wrote it."""
        if data["version"] > VERSION:
            raise NewerSession(f"session version {data['version']}, this program knows {VERSION}: upgrade it")
        return cls(
            flow=data["flow"],
            answers={step: Answer.from_json(answer) for step, answer in data["answers"].items()},
            order=tuple(data["order"]),
            told=tuple(data["told"]),
            record=data["record"],
            begun=data["begun"],
            filed=data["filed"],
            mine=data["mine"],
            pending=tuple(data["pending"]),
            channel=data["channel"],
            voice=Voice(*data["voice"]),
            misses=data["misses"],
            dangers=tuple(data["dangers"]),
            stopped=data["stopped"],
            entry=data["entry"],
            wake=datetime.fromisoformat(data["wake"]) if data["wake"] else None,
            last=datetime.fromisoformat(data["last"]) if data["last"] else None,
        )

    def but(self, **changes: Any) -> Session:
        """This session with some fields changed."""
        # What ``dataclasses.replace`` does, in half its time: a turn does it four times.
        return Session(**(dict(zip(_FIELDS, _values(self), strict=True)) | changes))


_FIELDS = tuple(one.name for one in fields(Session))
_values = attrgetter(*_FIELDS)


# What a turn asks of the world ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph to say: a text and what fills its {places}.

    A place that neither ``args`` nor the organisation fills is the store's to fill after filing:
    see LATER. ``voice`` is set where a line is not in the talk's own language.
    """

    text: Text
    args: Mapping[str, str] = field(default_factory=dict)
    voice: Voice | None = None


#: Places only the store can fill, once a record is filed.
LATER = ("reference", "receipt", "acknowledge_by", "answer_by")


@dataclass(frozen=True, slots=True)
class Say:
    """One message: ``lines`` in order, the question last, then its options.

    step    the question that is open now, "" for none; a button's token is ``step=value``
    more    an explanation for channels with room
    many    several options may be ticked
    typing  words may be typed as an answer
    media   files are welcome
    skip    the question may be skipped
    back    there is an answer to go back to
    hide    what was said before must not be shown again until they say the talk is theirs
    purpose why it is said of ourselves ("reminder"), "" for an answer: the gate of safe contact may keep it
    """

    lines: tuple[Line, ...]
    voice: Voice
    step: str = ""
    options: tuple[Option, ...] = ()
    more: Line | None = None
    many: bool = False
    typing: bool = True
    media: bool = False
    skip: bool = False
    back: bool = False
    hide: bool = False
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer as it goes on the record: the question as it was asked, and the person's own words.

    question  as shown, in their language
    values    coded values; labels are what they saw for them
    """

    step: str
    question: str
    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class FileIt:
    """File (or complete) the talk's record number ``record``. The same number twice is the same record.

    kind      compliment, informal, complaint, advocate, person
    complete  False when a sign of danger or an unfinished talk files it as it stands
    facts     coded values for case_fact: fact -> values
    """

    record: int
    kind: str
    complete: bool
    entries: tuple[Entry, ...]
    facts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Amend:
    """Add to a record: number ``record`` of this talk, or ``reference`` when it is an earlier one.

    event   "picture_chosen", "receipt_declined" (the store keeps a hash, or lets go of the number: no entry),
            "added", "changed", "withdrawn", "asked_advocate", "advocate_offered", "unhappy", "contact", "surveyed",
            "ombudsman_told", "made_complaint" (the kind becomes complaint; its time counts from when it was begun),
            "next_stage" (the store makes it the request for the next stage, or "unhappy" where none is open)
    """

    event: str
    entries: tuple[Entry, ...]
    facts: Mapping[str, tuple[str, ...]]
    record: int = 0
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """A sign of danger, in the same transaction as the message that showed it.

    level       "red" (now) or "amber" (same day)
    matched     the words or choices that raised it, sealed by the store; ``rules`` the patterns that found them
    """

    level: str
    categories: tuple[str, ...]
    matched: tuple[str, ...]
    record: int
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallPerson:
    """A task for a person; ``words`` say how to reach them where that was said.

    why        asked, call, contact, media, unsafe, stuck, stopped, interpreter
    reference  of the earlier record that they look at: the task is about that one; "" for record number ``record``
    """

    why: str
    record: int
    words: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Erase:
    """Erase this talk's unsent draft: its log and files. ``keep`` is what a sign of danger obliges us to keep."""

    record: int
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Suspends the turn: the store answers with Said(event="found", found=...).

    query "progress": ``about`` is sixteen digits; found {"state": "found"|"missing"|"mistyped"|"wait",
    "reference", "kind",
    "stage", "filed_on", "acknowledge_by", "answer_by"} - codes and ISO dates, not words; "kept" holds the messages
    that only whoever has the number may read; "unsurveyed" and "promised" are "yes" where the survey is offered;
    "locked", "shut", "apart", "unlocked" are "yes" as in
    ``storage.progress.standing``, with "acknowledged_on", "extended_on", "answered_on"

    query "messages": ``about`` is the picture chosen for the record of ``Session.mine``; found {"state": "opened" with
    "kept", "missed" (asked again) or "shut"}

    query "ways": ``about`` is the reference of ``Session.mine``; found {"state": "ways", "ways": codes with spaces
    between (next_by, next, next_late, next_early, complaint, mediation, advocate, ombudsman, ombudsman_by, answer_by,
    child), "next_step", "asked_step", "ombudsman", "web": names in their language, "next_by", "ombudsman_by",
    "answer_by": ISO dates}
    """

    query: str
    about: str


Effect = Say | FileIt | Amend | Alert | CallPerson | Erase | Need
Turn = tuple[Session, tuple[Effect, ...]]


# What a turn needs from the world ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of danger found in a text; empty ``categories`` when there are none.

    matched  the person's own words
    rules    the patterns that found them: "language category level: pattern"
    """

    level: str = ""
    categories: tuple[str, ...] = ()
    matched: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What people type, in one language; keys and members are folded by ``flows.reading.fold``.

    anytime  phrase -> command (one of flows.anytime.COMMANDS)
    """

    anytime: Mapping[str, str]
    yes: frozenset[str]
    no: frozenset[str]
    done: frozenset[str]
    unsure: frozenset[str]


class World(Protocol):
    """What the pure engine is given: words, lists and the organisation's choices. Built by ``bot/app.py``."""

    @property
    def organisation(self) -> str:
        """The id of the organisation's profile."""
        ...

    @property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """(code, own name) of each language offered, in menu order."""
        ...

    def language_named(self, text: str) -> str:
        """The code of an offered language by any name people have for it ("Welsh", "cymraeg"), "" when it is none."""
        ...

    def words(self, line: Line, voice: Voice) -> str:
        """The line in their language, the organisation's places filled; LATER places stay as they are."""
        ...

    def lexicon(self, language: str) -> Lexicon:
        """What people type in a language; "" for the source language."""
        ...

    def emoji(self, symbol: str) -> str:
        """The emoji of a concept, "" when it has none."""
        ...

    def signs(self, text: str, language: str) -> Signs:
        """The signs of danger in a text; ``language`` "" while none is chosen. Pure; it runs on every message."""
        ...

    def listed(self, source: str, voice: Voice) -> tuple[Option, ...]:
        """The options of a list in the organisation's profile (``services``)."""
        ...

    def wants(self, part: str) -> bool:
        """Whether the organisation wants an optional part of a flow."""
        ...

    @property
    def nudge(self) -> timedelta:
        """After how long an unfinished account is asked after; none for never."""
        ...

    def read_date(self, text: str, language: str, today: date) -> date | None:
        """A date said in words; None when it is not one. Never in the future."""
        ...

    def show_date(self, day: date, voice: Voice) -> str:
        """A date as this person's language writes it."""
        ...
