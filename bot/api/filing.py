"""Filing records from another form or app: by the same road as an entry by staff (``storage.entered``).

The same questions, the same look for signs of danger with its alert, the same clocks, the same receipt.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import Connection

import locales
from bot.api import requests, shapes
from bot.api.declare import Answer, Ask, Problem, operation
from bot.api.records import href
from storage import asked, campaigns
from storage.asked import Question, Voice
from storage.entered import CHANNELS, Entered, Filed, Given, OffPath, enter

#: The oldest that a record may be.
OLDEST = timedelta(days=5 * 366)


@operation(
    "GET", "/forms", "The questions of each form", scopes=("file",), query=shapes.FormsAsked, answer=shapes.Forms,
    problems=("not-possible",),
)  # fmt: skip
async def forms(ask: Ask) -> Answer:
    """What `POST /records` takes: the questions as the conversation asks them, with the values of their choices."""
    language = _language(ask.query.language, "language")
    world, voice = ask.store.worlds(ask.organisation), Voice(language)

    def make() -> list[shapes.Form]:
        return [
            shapes.Form(
                kind=one.value,
                name=one.name,
                questions=[_question(question) for question in asked.questions(world, one.value, voice)],
            )
            for one in asked.kinds(world, voice)
        ]

    offered = [entry.code for entry in locales.offered()]
    return Answer(shapes.Forms(language=language, languages=offered, forms=await asyncio.to_thread(make)))


def _question(one: Question) -> shapes.Question:
    choices = [shapes.Choice(value=choice.value, name=choice.name) for choice in one.choices]
    same = {name: getattr(one, name) for name in ("id", "kind", "name", "asked", "many", "needed", "when", "later")}
    return shapes.Question(choices=choices, **same)


@operation(
    "POST", "/records", "File a record", scopes=("file",), body=shapes.Filing, answer=shapes.Filed, status=201,
    once=True, problems=("key-used", "not-possible"),
)  # fmt: skip
async def file(ask: Ask) -> Answer:
    """A record as staff would enter it: signs of danger are looked for and told, clocks start, a receipt is made.

    Send it again with the same Idempotency-Key when you have no answer: it is filed once and answered the same. Show
    the person their receipt, and where `alert` is not empty the `help`; keep neither.
    """
    key, body = requests.key(ask), requests.hashed(ask.body)
    entered = await _entered(ask, key)
    await ask.write(lambda db: requests.take(db, ask, key, body), aside=True)

    def besides(db: Connection, reference: str) -> None:
        ask.noted = reference
        ask.line(db)

    try:
        filed: Filed = await asyncio.to_thread(enter, ask.store, entered, besides)
    except OffPath as stray:
        await ask.write(lambda db: requests.release(db, key, body), aside=True)
        wrong = [
            (f"answers.{step}", "It is not asked of somebody who answers so; leave it out") for step in stray.steps
        ]
        raise Problem("not-possible", "Some answers do not go together.", wrong) from None
    ask.owed = False
    world = ask.store.worlds(ask.organisation)
    told = shapes.Filed(
        reference=filed.reference,
        receipt=filed.receipt,
        alert=filed.level,
        help=asked.in_danger(world, Voice(entered.language)) if filed.level else "",
        again=filed.again,
        href=href(ask, filed.reference),
    )
    return Answer(told, headers={"Location": told.href})


async def _entered(ask: Ask, key: bytes) -> Entered:
    body = ask.body
    language = _language(body.language, "language")
    world = ask.store.worlds(ask.organisation)
    kinds = [one.value for one in asked.kinds(world, Voice(language))]
    if body.kind not in kinds:
        raise Problem("not-possible", "There is no such form.", [("kind", f"There are: {', '.join(kinds)}")])
    given = _given(asked.questions(world, body.kind, Voice(language)), body)
    known = await ask.read(lambda db: [one.code for one in campaigns.every(db, ask.organisation)])
    if body.campaign and body.campaign not in known:
        raise Problem(
            "not-possible", "There is no such campaign.", [("campaign", "Write its keyword, or leave it out")]
        )
    return Entered(
        organisation=ask.organisation,
        flow=body.kind,
        answers=given,
        channel=_channel(body.channel),
        came_at=_came(body.came_at, ask.now),
        at=ask.now,
        by=ask.token.id,
        press=key.hex(),
        language=language,
        tongue=_line(body.tongue),
        easy=body.easy,
        campaign=body.campaign,
        summary=_words(body.summary),
        worried=body.worried,
        who=ask.token.who,
    )


def _given(questions: tuple[Question, ...], body: shapes.Filing) -> dict[str, Given]:
    """The answers, held against the questions of the form; Problem with everything that is wrong."""
    known = {one.id: one for one in questions}
    wrong: list[tuple[str, str]] = []
    found: dict[str, Given] = {}
    for step, answer in body.answers.items():
        where, words = f"answers.{step[:80]}", _words(answer.words)
        if step not in known:
            wrong.append((where, "The form has no such question; see GET /forms"))
            continue
        wrong += _problems(known[step], where, answer.values, words)
        if words or answer.values:
            found[step] = Given(tuple(answer.values), words)
    needed = [one.id for one in questions if one.needed and one.id not in found]
    if (needed or not found) and not _words(body.summary):
        wrong += [(f"answers.{step}", "It is needed, or a summary instead") for step in needed or ("story",)]
    if wrong:
        raise Problem("not-possible", "Some answers cannot be taken.", wrong)
    return found


def _problems(question: Question, where: str, values: list[str], words: str) -> list[tuple[str, str]]:
    offered = [choice.value for choice in question.choices]
    found = []
    if any(value not in offered for value in values):
        there = f"Choose of: {', '.join(offered)}" if offered else "It takes words"
        found.append((where, there))
    if len(values) > 1 and not question.many:
        found.append((where, "Choose one"))
    if words and question.kind == "choose":
        found.append((where, "It takes choices, no words"))
    if words and values:
        found.append((where, "Give words or a choice, not both"))
    return found


def _language(given: str, where: str) -> str:
    offered = [entry.code for entry in locales.offered()]
    if given not in offered:
        said = f"Offered are: {', '.join(offered)}; name another one in `tongue`"
        raise Problem("not-possible", "This language is not offered.", [(where, said)])
    return given


def _channel(given: str) -> str:
    if given not in CHANNELS:
        raise Problem("not-possible", "There is no such way in.", [("channel", f"There are: {', '.join(CHANNELS)}")])
    return given


def _came(given: datetime | None, now: datetime) -> datetime:
    if given is not None and not now - OLDEST <= given <= now:
        said = "Write when it came: not in the future, and at most five years ago"
        raise Problem("not-possible", "This time is not possible.", [("came_at", said)])
    return given or now


def _words(text: str) -> str:
    return text.replace("\0", "").strip()


def _line(text: str) -> str:
    return " ".join(_words(text).split())
