"""Beginning and coming back: language, what a poster preselected, the greeting, "go on where it stopped?"."""

from __future__ import annotations

from datetime import timedelta

from flows import aside, phrases
from flows.scripts import FLOWS, survey
from flows.talk import Talk

#: Back after this long, a talk asks before it goes on: somebody else may be holding the phone.
AWAY = timedelta(hours=12)
#: The same on a page, which shows what was said.
AWAY_PAGE = timedelta(minutes=30)


def arrive(talk: Talk) -> None:
    """Greet somebody new, or somebody who was away; and take the language they ask for."""
    said, new = talk.said, talk.s.last is None
    if language := said.entry.get("language", ""):
        _speak(talk, language)
    elif new:
        _guess_language(talk)
    if said.entry:
        talk.s = talk.s.but(entry=dict(said.entry))
    if new or talk.s.flow == "over":
        if not new and said.event == "open" and not said.entry:
            return
        _begin(talk)
        return
    assert talk.s.last is not None
    if talk.s.flow == survey.FLOW.id and said.event != "open":
        return  # it was asked days ago perhaps, and this answers it
    if said.at - talk.s.last > (AWAY_PAGE if said.event == "open" else AWAY):
        talk.hide = talk.greeted = True
        if talk.is_draft and aside.RESUME.id not in talk.s.pending:
            talk.push(aside.RESUME.id)
        elif not talk.is_draft:
            talk.forget()
            _begin(talk)


def idle(talk: Talk) -> bool:
    """Whether nothing is under way, so that we may begin: no draft, no open safe question, nobody writing just now."""
    s = talk.s
    if s.stopped or s.pending or talk.is_draft or (s.begun and not s.filed):
        return False
    return s.last is None or talk.said.at - s.last > AWAY_PAGE


def _begin(talk: Talk) -> None:
    """The menu, or what a poster or link has chosen of it."""
    entry, told = talk.said.entry, tuple(t for t in talk.s.told if t.startswith("!"))
    talk.s = talk.s.but(flow="menu", entry=dict(entry or talk.s.entry), told=told)
    if "register" in entry:
        talk.change_voice(register=entry["register"])
    if "easy" in entry:
        talk.change_voice(easy=True)
    if entry.get("kind", "") in FLOWS:
        talk.enter(entry["kind"])
    talk.greeted = True
    talk.say(phrases.HELLO)


def _guess_language(talk: Talk) -> None:
    """The web page and Telegram know the language; a guess from a text or a mail is confirmed in that language."""
    guess = talk.said.language
    if not guess:
        talk.push(aside.LANGUAGE.id)
    elif guess != "en" and talk.s.channel in ("sms", "email") and _speak(talk, guess):
        talk.push(aside.CONFIRM_LANGUAGE.id)
    else:
        _speak(talk, guess)


def _speak(talk: Talk, language: str) -> bool:
    """Speak a language if it is offered; English stands in while none is known."""
    offered = any(code == language for code, _ in talk.world.languages)
    if offered or not talk.s.voice.language:
        talk.change_voice(language=language if offered else "en")
        talk.s = talk.s.but(pending=tuple(p for p in talk.s.pending if p != aside.LANGUAGE.id))
    return offered
