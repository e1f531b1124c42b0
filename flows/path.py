"""Where a session is: the steps its answers lead over, the first unanswered one, and what may be chosen there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.aside import LANGUAGE
from flows.phrases import FILES
from flows.scripts import FLOWS
from flows.session import Answer, Line, Session, World
from flows.steps import (
    AnyStep,
    Ask,
    AskDate,
    Choose,
    Collect,
    File,
    Flow,
    LookUp,
    Option,
    Question,
    ReadBack,
    Tell,
    Text,
)

QUESTIONS = (Choose, Ask, AskDate, Collect, ReadBack)
#: In front of a step's id in the token of the read-back line that changes it.
EDIT = "edit:"


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What guards see of a session (``flows.guards.Facts``)."""

    session: Session
    world: World

    def chosen(self, step: str) -> tuple[str, ...]:
        """The values of an answer that was not skipped."""
        answer = self.session.answers.get(step)
        return answer.values if answer and not answer.skipped else ()

    def said(self, step: str) -> bool:
        """Whether an answer has words; one that was skipped has none."""
        answer = self.session.answers.get(step)
        return answer is not None and bool(answer.words)

    def wants(self, part: str) -> bool:
        """Whether the organisation wants the part."""
        return self.world.wants(part)

    @property
    def channel(self) -> str:
        """The channel of the session."""
        return self.session.channel

    @property
    def pictures(self) -> bool:
        """Whether the session's voice is the easy one."""
        return self.session.voice.easy

    @property
    def danger(self) -> bool:
        """Whether the session has ever had a sign of danger."""
        return bool(self.session.dangers)


def walk(flow: Flow, session: Session, world: World) -> Iterator[AnyStep]:
    """The steps of a flow that are for this person, in order; ends with the first that waits for something."""
    facts = SessionFacts(session, world)
    for step in flow.steps:
        if step.when is not None and not step.when.holds(facts):
            continue
        if isinstance(step, Choose) and step.source and not world.listed(step.source, session.voice):
            continue
        yield step
        if is_open(step, session):
            return


def is_open(step: AnyStep, session: Session) -> bool:
    """Whether a step still waits: for an answer, for the store, or to be filed."""
    if isinstance(step, Tell):
        return False
    if isinstance(step, File):
        return not session.filed
    answer = session.answers.get(step.id)
    return answer is None or not answer.done


def answered(session: Session, world: World) -> Iterator[Question]:
    """The questions answered so far that still lie on the path, in the flow's order."""
    for step in walk(FLOWS[session.flow], session, world):
        if isinstance(step, QUESTIONS) and has_answer(session.answers.get(step.id)):
            yield step


def has_answer(answer: Answer | None) -> bool:
    """Whether there is anything in it, be it unfinished."""
    return answer is not None and bool(answer.values or answer.words or answer.media or answer.skipped)


def options(step: AnyStep, session: Session, world: World) -> tuple[Option, ...]:
    """What may be chosen at a step now, in the order it is numbered."""
    facts = SessionFacts(session, world)
    return tuple([o for o in _all_options(step, session, world) if o.when is None or o.when.holds(facts)])


def _all_options(step: AnyStep, session: Session, world: World) -> tuple[Option, ...]:
    if step.id == LANGUAGE.id:
        return tuple(Option(code, Text(name, verbatim=True)) for code, name in world.languages)
    if isinstance(step, Choose):
        return (*world.listed(step.source, session.voice), *step.options) if step.source else step.options
    if isinstance(step, (Ask, AskDate)):
        return step.options
    if isinstance(step, Collect):
        answer = session.answers.get(step.id)
        if not has_answer(answer):
            return (step.nothing,) if step.nothing else ()
        return (step.done, step.rewrite) if f"{EDIT}{step.id}" in session.told else (step.done,)
    if isinstance(step, ReadBack):
        return (step.send, *read_back(session, world))
    return ()


def read_back(session: Session, world: World) -> Iterator[Option]:
    """One option a line: what each answer is called, and the answer in the person's own words."""
    for step in answered(session, world):
        if step.private or isinstance(step, ReadBack):
            continue
        name = world.words(Line(step.label if step.label.plain else step.text), session.voice)
        line = Text(f"{name}: {in_words(step, session, world)}", verbatim=True)
        yield Option(f"{EDIT}{step.id}", line, symbol=_symbols(step, session, world))


def _symbols(step: Question, session: Session, world: World) -> str:
    """The symbols of what was chosen, with spaces between; words of their own are shown as written."""
    answer = session.answers[step.id]
    known = {option.value: option.symbol for option in _all_options(step, session, world)}
    found = [known.get(value, "") for value in answer.values]
    if answer.words or answer.media:
        found.append("write" if answer.words else "picture")
    if answer.skipped:
        found.append("skip")
    return " ".join(dict.fromkeys(symbol for symbol in found if symbol))


def in_words(step: Question, session: Session, world: World) -> str:
    """An answer as the person would say it: the labels they chose, and their own words."""
    answer = session.answers[step.id]
    said = [*labels(step, answer, session, world), *answer.words]
    if isinstance(step, AskDate) and not answer.words:
        said = list(labels(step, answer, session, world))
    if answer.media:
        said.append(world.words(Line(FILES, {"count": str(len(answer.media))}), session.voice))
    return " / ".join(said) if said else "\N{EM DASH}"


def labels(step: AnyStep, answer: Answer, session: Session, world: World) -> tuple[str, ...]:
    """The labels of the values chosen, in their language, also where an answer before was changed since and they are
    no longer offered; a value that the flow no longer has stands for itself.

    A date has none of its own: its words say it.
    """
    if not answer.values or isinstance(step, (Collect, LookUp)) or (isinstance(step, AskDate) and answer.words):
        return ()
    known = {option.value: option.label for option in _all_options(step, session, world)}
    return tuple(world.words(Line(known[value]), session.voice) if value in known else value for value in answer.values)
