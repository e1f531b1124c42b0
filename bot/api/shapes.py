"""The shapes of the interface: what programs send and are sent. Their descriptions are its documentation."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from flows.scripts.menu import OFFERED
from storage.as_talk import CHANNELS
from storage.ids import LETTERS

REFERENCE = rf"^HB-[{LETTERS}]{{4}}-[{LETTERS}]{{2}}$"
NUMBER = r"^[0-9]{1,19}$"
KEY = r"^[A-Za-z0-9_-]{8,100}$"
#: Forms that others may send: those everybody is offered.
_FORMS = [flow.id for flow in OFFERED if flow.kind and flow.offered is None]
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write a day like 2027-03-31")
    return value


def _moment(value: Any) -> Any:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("write a time with its zone, like 2027-03-31T14:30:00Z")
    given = datetime.fromisoformat(value.upper())
    # In the first and the last year of all, a zone may lead out of them.
    return given if MINYEAR < given.year < MAXYEAR else given.replace(tzinfo=UTC)


Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,79}$")]
#: As Hearback writes it: en, zh_Hans, fa_AF.
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Za-z]{2,4})?$")]
Line = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(max_length=20_000)]


class Asked(BaseModel):
    """What is sent: nothing is taken that is not known, so that no slip of the pen goes unseen."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What is answered; new fields may be added at any time."""


# Records ------------------------------------------------------------------------------------------


class ListAsked(Asked):
    kind: Code | None = Field(None, description="complaint, informal, compliment, advocate or person.")
    place: Code | None = Field(None, description="Where it stands in its procedure: new, stage1, closed …")
    service: Code | None = Field(None, description="Id of a service of the organisation.")
    theme: Code | None = Field(None, description="What it is about, as staff coded it.")
    language: Language | None = Field(None, description="The person's language: en, cy, zh_Hans; see `GET /forms`.")
    channel: Code | None = Field(None, description="How it came: web, sms, telegram, phone, letter …")
    campaign: Code | None = Field(None, description="Keyword of a campaign.")
    since: Day | None = Field(None, description="Begun on this day (in London) or later.")
    until: Day | None = Field(None, description="Begun on this day or earlier.")
    changed_since: Moment | None = Field(
        None, description="Written since, however long ago it happened; some five minutes before it come once more."
    )


class RecordsAsked(ListAsked):
    after: Annotated[str, Field(pattern=NUMBER)] | None = Field(
        None, description="What the page before gave as `next`."
    )
    limit: Annotated[int, Field(ge=1, le=200)] = Field(50, description="Records on a page.")


class Summary(Told):
    """A record in a list, without words."""

    reference: str = Field(pattern=REFERENCE)
    kind: str
    place: str = Field(description="Where it stands in its procedure.")
    stage: str = Field(description="How it stands, as the person is told.")
    channel: str
    language: str
    at: AwareDatetime | None = Field(description="When it was filed, or begun where it was not finished.")
    services: list[str]
    themes: list[str]
    speaker: str = Field(description="child, adult, or empty where it was not said.")
    clock: str = Field(description="The time limit that falls due next, empty for none.")
    due: date | None = Field(description="Its last day.")
    status: str = Field(description="overdue, soon, running, paused, theirs, or empty.")
    alerts: int = Field(description="Signs of danger that nobody has acknowledged.")
    href: str


class Records(Told):
    records: list[Summary]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last one.")


class Clock(Told):
    clock: str
    name: str
    status: str = Field(description="running, soon, overdue, paused; met or missed once it has stopped.")
    due: date | None
    started: AwareDatetime
    stopped: AwareDatetime | None


class Record(Summary):
    """A record, without words."""

    complete: bool = Field(description="False where the person stopped before the end.")
    begun_at: AwareDatetime
    filed_at: AwareDatetime | None
    acknowledge_by: date | None = Field(description="The day the person was promised for an acknowledgement.")
    answer_by: date | None = Field(description="The day the person was promised for an answer.")
    procedure: str = Field(description="Id of the procedure it is under.")
    clocks: list[Clock]
    facts: dict[str, list[str]] = Field(description="Coded values; docs/data-dictionary.md says what each means.")
    events: int = Field(description="How many things have happened to it.")
    erased: bool = Field(description="What was said has been erased; the coded facts stay.")


class Event(Told):
    """Something that happened to a record."""

    number: int
    type: str
    at: AwareDatetime
    who: str = Field(description="person, staff, system, or api:<name of a token>.")
    why: str | None = Field(description="In words; null without the scope `words`.")
    details: dict[str, Any] | None = Field(description="As the procedure asks for them; null without `words`.")


class Events(Told):
    reference: str
    events: list[Event]


class Said(Told):
    """One answer, under its question."""

    step: str
    question: str
    values: list[str]
    labels: list[str]
    words: list[str]
    files: int
    added_at: AwareDatetime | None = None


class Answers(Told):
    reference: str
    language: str
    answers: list[Said]
    erased: bool


# Filing -------------------------------------------------------------------------------------------


class Given(Asked):
    """One answer: options by their values, or words."""

    values: list[Annotated[str, Field(max_length=100)]] = Field([], max_length=40)
    words: Words = ""


class Filing(Asked):
    """A record as another form or app took it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "complaint",
                    "answers": {"story": {"words": "Nobody rings me back."}, "who": {"values": ["parent"]}},
                    "channel": "portal",
                }
            ]
        }
    )
    kind: Annotated[str, Field(json_schema_extra={"enum": _FORMS})] = Field(description="A form of `GET /forms`.")
    answers: dict[str, Given] = Field({}, description="Question of that form -> answer; what was left out is missing.")
    summary: Words = Field("", description="What it is about in the words of whoever took it, apart from the person's.")
    channel: Annotated[str, Field(json_schema_extra={"enum": list(CHANNELS)})] = Field(
        "app", description="How it came."
    )
    came_at: Moment | None = Field(None, description="When the organisation received it: clocks start then. Now.")
    language: Language = Field("en", description="In which it was said; one that `GET /forms` offers.")
    tongue: Line = Field("", description="The name of another language, so that an interpreter is found.")
    easy: bool = Field(False, description="It was asked in easy read.")
    campaign: Line = Field("", description="Keyword of a campaign.")
    worried: bool = Field(False, description="Whoever took it thinks that somebody may be in danger.")


class Filed(Told):
    reference: str = Field(pattern=REFERENCE)
    receipt: str = Field(description="Sixteen digits: the person's own key. Show it to them and keep it nowhere.")
    alert: str = Field(description="red or amber where a sign of danger was found, and staff are told; else empty.")
    help: str = Field(description="Where there is help now, in their language: show it where `alert` is not empty.")
    again: bool = Field(description="It had been filed with this Idempotency-Key before; nothing was done now.")
    href: str


class Choice(Told):
    value: str
    name: str


class Question(Told):
    id: str
    kind: str = Field(description="choose, words, date (words or one of the choices) or story.")
    name: str
    asked: str
    choices: list[Choice]
    many: bool
    needed: bool = Field(description="A record is nothing without it, unless there is a `summary`.")
    when: Any = Field(description='Null, or only if: {"step", "is"}, {"words"}, {"not"}, {"all"}, {"any"}.')
    later: bool


class Form(Told):
    kind: str
    name: str
    questions: list[Question]


class Forms(Told):
    language: str
    languages: list[str]
    forms: list[Form]


class FormsAsked(Asked):
    language: Language = Field("en", description="Language of the questions; one of `languages` in the answer.")


# Reports ------------------------------------------------------------------------------------------


class ReportAsked(Asked):
    since: Day = Field(description="The first day.")
    until: Day = Field(description="The last day; at most ten years later.")
    level: Annotated[str, Field(max_length=120)] = Field(
        "organisation", description="organisation, service:ID, team:NAME."
    )
    earlier: Annotated[int, Field(ge=0, le=5)] = Field(2, description="How many earlier periods stand beside it.")
    split: Code | None = Field(None, description="Over every table: speaker, age, disability, ethnicity, language.")
    language: Literal["en", "cy"] = Field("en", description="Of titles and labels.")


class Report(Told):
    """A report as data: docs/reports-feed.md says what each table and cell means."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)
    schema_: str = Field(alias="schema")
    organisation: str
    tables: list[dict[str, Any]]


# Webhooks -----------------------------------------------------------------------------------------


class HookAsked(Asked):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://cases.example.org/hearback", "events": ["filed"]}]}
    )
    url: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="An https address that is reached from the internet."
    )
    events: list[Code] = Field([], max_length=50, description="Kinds of event it is told; empty for all.")
    restricted: bool = Field(False, description="Also of restricted records; needs that scope.")


class Hook(Told):
    id: str = Field(pattern=NUMBER)
    url: str
    events: list[str]
    restricted: bool
    created_at: AwareDatetime | None
    href: str


class NewHook(Hook):
    secret: str = Field(
        description="What its posts are signed with. Only told here, and to the same Idempotency-Key for 90 days."
    )


class Hooks(Told):
    webhooks: list[Hook]


class DeliveriesAsked(Asked):
    after: Annotated[str, Field(pattern=NUMBER)] | None = Field(None, description="`next` of the page before.")
    state: Annotated[str, Field(pattern="^(due|sent|failed|kept)$")] | None = None


class Delivery(Told):
    id: str
    record: str
    number: int
    type: str
    at: AwareDatetime
    state: str = Field(description="due, sent, failed (given up), kept (the webhook may not be told of the record).")
    attempts: int
    answer: str = Field(description="HTTP status of the last try; timeout, network or refused; empty before the first.")
    sent_at: AwareDatetime | None


class Deliveries(Told):
    deliveries: list[Delivery]
    next: str | None


class ReplayAsked(Asked):
    since: Moment | None = Field(None, description="Everything told from then on; without it what was given up.")


class Replayed(Told):
    count: int = Field(description="How many will be told again.")


# What goes wrong ----------------------------------------------------------------------------------


class Wrong(Told):
    where: str = Field(description="A field of the body, a parameter or a header.")
    what: str = Field(description="What to do about it.")


class ProblemDetails(Told):
    """Why nothing was done (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What to do about it.")
    errors: list[Wrong]
