"""What answers to the questions beside the path do (``flows.aside`` has the questions)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flows import aside, phrases, reading
from flows.scripts import FLOWS, survey
from flows.scripts.common import STORY
from flows.session import Alert, Answer, Erase, Signs
from flows.steps import Option, Question, Tell
from flows.talk import Talk

#: Words from which on an answer to "Which language?" is a story: "please write to me in Lingala" is none.
LONGER_THAN_A_NAME = 7


def chosen(talk: Talk, step: Question, option: Option) -> None:
    """An option of an aside was chosen: it is closed, recorded where it belongs on the record, and acted on."""
    _close(talk, step.id)
    if step.id in aside.RECORDED:
        talk.put(step, Answer(values=(option.value,)))
        _record(talk, step)
    HANDLERS[step.id](talk, option)


def words(talk: Talk, step: Question) -> None:
    """Words typed at an aside. Never a miss after a sign of danger: what they want to say comes first."""
    if step.id == aside.REACH.id:
        _close(talk, step.id)
        talk.put(step, Answer(words=(talk.text,)))
        _record(talk, step)
        talk.call_person("contact", (talk.text,))
        _thanks(talk)
    elif step.id in aside.DANGER:
        talked_on(talk)
        talk.keep(talk.text)
        talk.say(phrases.KEPT)
    elif step.id == aside.LANGUAGE.id:
        _named_language(talk)
    elif reading.is_story(talk.text) and not reading.is_receipt(talk.text):
        if step.id == aside.NEW.id:
            story_instead(talk)
        else:
            talk.keep(talk.text)
        talk.say(phrases.KEPT)
    else:
        talk.say(phrases.NOT_UNDERSTOOD)


def story_instead(talk: Talk) -> None:
    """A story told where we asked how we did: kept by itself until they say whether it is something new."""
    story = talk.s.answers.get(STORY.id, Answer(done=False))
    talk.s = talk.s.but(answers={**talk.s.answers, STORY.id: replace(story, words=(*story.words, talk.text))})
    talk.push(aside.NEW.id)


def talked_on(talk: Talk) -> None:
    """They talk on instead of answering: the two safe questions are withdrawn."""
    talk.s = talk.s.but(pending=tuple(p for p in talk.s.pending if p not in (aside.SAFE.id, aside.REACH.id)))


def unsafe(talk: Talk) -> None:
    """Not safe, not sure, or silent: 999 again, who has been told, and the alert raised."""
    talk.say(phrases.DANGER_AGAIN)
    talk.effects.append(Alert("red", ("not_safe",), (), talk.s.record))
    talk.call_person("unsafe")


def _close(talk: Talk, aside_id: str) -> None:
    talk.s = talk.s.but(pending=tuple(p for p in talk.s.pending if p != aside_id), misses=0)


def _record(talk: Talk, step: Question) -> None:
    if talk.s.filed:
        talk.amend(step, talk.s.answers[step.id], "contact" if step.id == aside.REACH.id else "added")


def _thanks(talk: Talk) -> None:
    talk.say(phrases.DANGER_MORE if aside.GO_ON.id in talk.s.pending else phrases.KEPT)


def _safe(talk: Talk, option: Option) -> None:
    if option.value != "yes":
        unsafe(talk)


def _reach(talk: Talk, option: Option) -> None:
    _thanks(talk)


def _go_on(talk: Talk, option: Option) -> None:
    if option.value == "enough":
        talk.only(phrases.DANGER_REST)


def _hurt(talk: Talk, option: Option) -> None:
    if option.danger:
        talk.danger(Signs("red", (option.danger,), ()))


def _language(talk: Talk, option: Option) -> None:
    talk.change_voice(language=option.value)


def _confirm(talk: Talk, option: Option) -> None:
    if option.value != "yes":
        talk.change_voice(language="en")
        talk.push(aside.LANGUAGE.id)


def _named_language(talk: Talk) -> None:
    """The name of a language; one that we do not speak is said kindly, an interpreter asked for, the words kept."""
    named = talk.world.language_named(talk.text)
    if not named and reading.is_story(talk.text, LONGER_THAN_A_NAME):
        talk.keep(talk.text)
        talk.say(phrases.KEPT)
        return
    _close(talk, aside.LANGUAGE.id)
    if named:
        talk.change_voice(language=named)
        return
    if not talk.s.voice.language:
        talk.change_voice(language="en")
    talk.keep(talk.text)
    talk.call_person("interpreter")
    talk.say(phrases.NO_SUCH_LANGUAGE)


def _erase(talk: Talk, option: Option) -> None:
    if option.value != "yes":
        talk.say(phrases.NOT_ERASED)
        return
    begun = talk.s.begun
    talk.effects.append(Erase(talk.s.record if begun else talk.s.record + 1))
    talk.forget()
    talk.only(phrases.ERASED_KEPT if begun else phrases.ERASED)


def _new(talk: Talk, option: Option) -> None:
    if option.value == "new":
        talk.enter("menu")
        return
    answers = dict(talk.s.answers)
    story = answers.pop(STORY.id, Answer())
    talk.s = talk.s.but(answers=answers)
    talk.amend(survey.WORDS, replace(story, done=True), "surveyed")


def _resume(talk: Talk, option: Option) -> None:
    if option.value == "on":
        return
    if option.value == "new":
        talk.say(phrases.NOT_SHOWN)
        talk.let_go()
        talk.forget()
        talk.s = talk.s.but(flow="menu")
        return
    talk.file(complete=True)
    receipt = FLOWS[talk.s.flow].step("receipt")
    if not isinstance(receipt, Tell):  # "How is mine going?" asks for one
        receipt = FLOWS["informal"].step("receipt")
    assert isinstance(receipt, Tell)
    talk.say(receipt.text)
    talk.s = talk.s.but(flow="after", answers={"was": Answer(values=(talk.kind,))}, told=(), mine="")


HANDLERS: dict[str, Callable[[Talk, Option], None]] = {
    aside.SAFE.id: _safe,
    aside.REACH.id: _reach,
    aside.GO_ON.id: _go_on,
    aside.HURT.id: _hurt,
    aside.LANGUAGE.id: _language,
    aside.CONFIRM_LANGUAGE.id: _confirm,
    aside.ERASE.id: _erase,
    aside.RESUME.id: _resume,
    aside.NEW.id: _new,
}
