"""What of a session goes on the record: every answer under its question as asked, and coded facts without words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from flows import path, pictured
from flows.aside import ASIDES, RECORDED
from flows.scripts import FLOWS
from flows.scripts.common import STORY
from flows.session import Answer, Entry, Line, Session, World
from flows.steps import Ask, AskDate, Collect, Question, ReadBack

#: After this many days since the event a matter is marked ``late`` (docs/data-dictionary.md): a person decides.
LATE_DAYS = 365
#: Flows about a record that is filed: their answers go there one by one, and are no part of what is filed here.
ABOUT_ANOTHER = ("progress", "survey")


def entry(step: Question, answer: Answer, session: Session, world: World) -> Entry:
    """One answer as it goes on the record."""
    return Entry(
        step=step.id,
        question=world.words(Line(step.text), session.voice),
        values=answer.values,
        labels=path.labels(step, answer, session, world),
        words=answer.words,
        media=answer.media,
        skipped=answer.skipped,
    )


def entries(session: Session, world: World) -> tuple[Entry, ...]:
    """Every answer on the path, then a story kept where the flow asks for none, then the safe questions.

    What was said with pictures comes first, in English for staff.
    """
    said = tuple(entry(step, answer, session, world) for step, answer in _answers(session, world))
    if in_english := pictured.in_english(session):
        title = world.words(Line(FLOWS[session.flow].title), session.voice)
        return (Entry(step=pictured.STEP, question=title, labels=(in_english,)), *said)
    return said


def facts(session: Session, world: World, at: datetime) -> dict[str, tuple[str, ...]]:
    """Coded values for reports: step -> values; ("skipped",) where a question was left out; never words."""
    out: dict[str, tuple[str, ...]] = {}
    for step, answer in _answers(session, world):
        out |= fact(step, answer, at)
    if pictured.in_english(session):
        out[pictured.STEP] = ("said",)
    out["language"] = (session.voice.language,)
    out["channel"] = (session.channel,)
    if session.voice.easy:
        out["easy"] = ("yes",)
    if campaign := session.entry.get("campaign"):
        out["campaign"] = (campaign,)
    return out


def fact(step: Question, answer: Answer, at: datetime) -> Mapping[str, tuple[str, ...]]:
    """The coded values of one answer."""
    if answer.skipped:
        return {step.id: ("skipped",)}
    if isinstance(step, AskDate) and answer.values:
        return {step.id: answer.values} | ({"late": ("yes",)} if is_late(answer, at) else {})
    if isinstance(step, (Ask, Collect)) and not answer.values:
        return {step.id: ("media" if answer.media and not answer.words else "said",)}
    return {step.id: answer.values}


def is_late(answer: Answer, at: datetime) -> bool:
    """Whether the date answered lies more than twelve months back."""
    try:
        return (at.date() - date.fromisoformat(answer.values[0])).days > LATE_DAYS
    except (ValueError, IndexError):
        return False


def _answers(session: Session, world: World) -> Iterator[tuple[Question, Answer]]:
    seen: set[str] = set()
    for step in path.answered(session, world):
        if not isinstance(step, ReadBack) and session.flow not in ABOUT_ANOTHER:
            seen.add(step.id)
            yield step, session.answers[step.id]
    if STORY.id not in seen and path.has_answer(session.answers.get(STORY.id)):
        yield STORY, session.answers[STORY.id]
    for aside in RECORDED:
        step = ASIDES[aside]
        if path.has_answer(session.answers.get(aside)):
            yield step, session.answers[aside]
