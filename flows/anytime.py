"""Words that are understood at every step, whatever was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flows import aside, path, phrases
from flows.reading import fold
from flows.scripts import survey, way_on
from flows.session import Answer, Lexicon, Signs
from flows.steps import Collect, ReadBack
from flows.talk import Talk

#: The commands; what people type for each is in ``locales/<language>/words.toml``.
COMMANDS = (
    "help",
    "stop",
    "start",
    "back",
    "skip",
    "language",
    "easy",
    "again",
    "later",
    "delete",
    "person",
    "call",
    "contact",
    "urgent",
)


#: Told once a person has been called: the same words at an open question are an answer then ("ring me").
CALLED = "!called"


#: Told once they said LATER; what they write next is a greeting as likely as an answer.
PAUSED = "!later"


def heard(text: str, lexicon: Lexicon) -> str:
    """The command that the whole text is, or ""."""
    return lexicon.anytime.get(fold(text), "")


def obey(talk: Talk, command: str) -> None:
    """Do what an anytime word says; the open question is asked again afterwards unless the talk falls quiet."""
    HANDLERS[command](talk)


def _help(talk: Talk) -> None:
    talk.say(phrases.HELP)
    if talk.s.channel != "web":
        talk.say(phrases.HELP_THREAD)
    step = talk.open_question()
    if step is not None and step.more.plain:
        talk.say(step.more)


def _stop(talk: Talk) -> None:
    if talk.s.flow == survey.FLOW.id:
        talk.let_go()
        talk.forget()
    talk.s = talk.s.but(stopped=True)
    if talk.s.filed or talk.s.begun:
        talk.call_person("stopped")
    talk.only(phrases.STOPPED)


def _start(talk: Talk) -> None:
    talk.s = talk.s.but(stopped=False)
    talk.say(phrases.STARTED)


def _back(talk: Talk) -> None:
    """Take the last answer back. A story is opened again, never emptied."""
    if talk.s.pending and talk.s.pending[-1] not in aside.DANGER:
        talk.s = talk.s.but(pending=talk.s.pending[:-1])
        return
    if talk.s.pending:
        talk.say(phrases.CANNOT_BACK)
        return
    on_path = {step.id: step for step in path.answered(talk.s, talk.world)}
    back = next((step for step in reversed(talk.s.order) if step in on_path), None)
    if back is not None:
        talk.s = talk.reopened(on_path[back])
    elif not talk.s.filed and talk.s.flow != "menu" and way_on.CHOICE.id not in talk.s.answers:
        talk.enter("menu")
    else:
        talk.say(phrases.CANNOT_BACK)


def _skip(talk: Talk) -> None:
    step = talk.open_question()
    if step is None:
        return
    if talk.s.pending:
        talk.s = talk.s.but(pending=talk.s.pending[:-1])
    elif step.optional and not isinstance(step, ReadBack):
        talk.put(step, Answer(skipped=True))
    elif isinstance(step, Collect) and path.has_answer(talk.s.answers.get(step.id)):
        talk.put(step, replace(talk.s.answers[step.id], done=True))
    else:
        talk.say(phrases.CANNOT_SKIP)


def _language(talk: Talk) -> None:
    talk.push(aside.LANGUAGE.id)


def _easy(talk: Talk) -> None:
    talk.change_voice(easy=not talk.s.voice.easy)
    talk.say(phrases.EASY_ON if talk.s.voice.easy else phrases.EASY_OFF)


def _again(talk: Talk) -> None:
    """The open question follows anyway."""


def _later(talk: Talk) -> None:
    talk.s = talk.s.but(told=(*talk.s.told, PAUSED))
    talk.only(phrases.LATER_SAVED)


def _delete(talk: Talk) -> None:
    if not talk.s.filed:
        talk.push(aside.ERASE.id)
    else:
        talk.say(phrases.NOTHING_TO_ERASE)


def _person(talk: Talk) -> None:
    _call(talk, "asked")


def _ring(talk: Talk) -> None:
    _call(talk, "call")


def _call(talk: Talk, why: str) -> None:
    talk.s = talk.s.but(told=(*talk.s.told, CALLED))
    talk.call_person(why)
    talk.say(phrases.PERSON_TOLD)
    known = {"contact", aside.REACH.id} & set(talk.s.answers)
    if not known and aside.REACH.id not in talk.s.pending:
        talk.push(aside.REACH.id)


def _contact(talk: Talk) -> None:
    """Change how they are reached, of the record that was filed last; while another is written it is asked there."""
    if talk.s.mine and not talk.s.pending:
        talk.s = talk.s.but(answers={**talk.s.answers, "then": Answer(values=("contact",))})
        return
    if talk.s.pending or talk.is_draft or not talk.s.record or (talk.s.begun and not talk.s.filed):
        talk.say(phrases.CONTACT_LATER)
        return
    was = talk.s.answers.get("was", Answer(values=(talk.kind,)))
    answers = {"was": was, "next": Answer(values=("contact",))}
    told = tuple(one for one in talk.s.told if one.startswith("!"))
    talk.s = talk.s.but(flow="after", answers=answers, order=(), told=told, filed=True, begun=True, mine="")


def _urgent(talk: Talk) -> None:
    talk.danger(Signs(level="red", categories=("urgent",), matched=(talk.text or "!",)))


HANDLERS: dict[str, Callable[[Talk], None]] = {
    "help": _help,
    "stop": _stop,
    "start": _start,
    "back": _back,
    "skip": _skip,
    "language": _language,
    "easy": _easy,
    "again": _again,
    "later": _later,
    "delete": _delete,
    "person": _person,
    "call": _ring,
    "contact": _contact,
    "urgent": _urgent,
}
