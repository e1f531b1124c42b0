"""The interpreter: a session and what was said in, the next session and what to do out. Pure.

An answer is read in this order: URGENT, a sign of danger, a button, a number, a whole label, pictures of the board, a
word for yes, no or done, an anytime word, a unique beginning, the person's own words.
"""

from __future__ import annotations

from datetime import datetime

from flows import anytime, aside, beside, nudging, path, phrases, pictured
from flows.answering import choose, own_words, read
from flows.arriving import arrive, idle
from flows.asking import ask
from flows.reading import is_blank
from flows.scripts import FLOWS, pictures, survey
from flows.scripts.common import STORY
from flows.session import Answer, Media, Said, Session, Signs, Turn, World
from flows.steps import Ask, Collect, File, LookUp, Question, ReadBack, Tell
from flows.talk import EXPIRES, SILENCE, SURVEYED, UNFINISHED, Talk

#: What a look-up may find besides, by which the steps after it are guarded.
FOUND = (
    *("kept", "locked", "shut", "apart", "unlocked", "unsurveyed", "promised"),
    *("acknowledged_on", "extended_on", "answered_on"),
)


def turn(session: Session, said: Said, world: World) -> Turn:
    """One turn. Never raises for anything a person can send; the same input gives the same output."""
    talk = Talk(migrated(session), said, world)
    if said.event == "wake" and (session.wake is None or session.wake > said.at):
        return session, ()
    if said.event == "ask" and not idle(talk):
        return session, ()
    if said.event == "wake":
        _wake(talk)
    elif said.event == "ask":
        entry = said.entry
        talk.survey(entry["reference"], tuple(entry["about"].split()), entry["register"], bool(entry["easy"]))
        ask(talk)
    elif said.event == "found":
        _found(talk)
        ask(talk)
    else:
        arrive(talk)
        _take(talk)
        ask(talk)
        talk.s = talk.s.but(last=said.at)
    _keep_record_current(talk)
    return talk.s.but(wake=_when_to_wake(talk)), tuple(talk.effects)


def migrated(session: Session) -> Session:
    """A session of an older release under today's step ids (``Flow.renamed``); an unknown flow begins again."""
    flow = FLOWS.get(session.flow)
    if flow is None:
        return session.but(flow="menu", order=(), pending=())
    pending = tuple(p for p in session.pending if p in aside.ASIDES)
    session = session if pending == session.pending else session.but(pending=pending)
    renamed = flow.renamed
    if not renamed or not renamed.keys() & session.answers.keys():
        return session
    answers = {renamed.get(step, step): answer for step, answer in session.answers.items()}
    answers.pop("", None)
    return session.but(answers=answers, order=tuple(renamed.get(s, s) for s in session.order if renamed.get(s, s)))


def _take(talk: Talk) -> None:
    said = talk.said
    lexicon = talk.world.lexicon(talk.voice.language)
    if said.event == "open" and not (talk.text or said.choice or said.media):
        return
    if is_blank(talk.text) and not said.choice and not said.media:
        talk.say(phrases.EMPTY)
        return
    if talk.s.stopped or anytime.PAUSED in talk.s.told:
        talk.greeted = True
        talk.s = talk.s.but(stopped=False, told=tuple(t for t in talk.s.told if t != anytime.PAUSED))
    step = talk.open_question()
    command = anytime.heard(talk.text, lexicon)
    if command == "urgent":
        anytime.obey(talk, command)
        return
    drawn = pictured.answered(talk.s, talk.world, talk.text)
    # The pictures of this question are signs by themselves.
    tapped = bool(drawn) and all(one is step for one, _ in drawn)
    signs = talk.world.signs(talk.text, talk.voice.language) if talk.text and not tapped else Signs()
    if signs.categories:
        for one, values in drawn:  # ahead of its question, and on the record with the alert
            talk.put(one, Answer(values=values))
        _sign(talk, step, signs)
        return
    if said.event == "edited":
        # It answered another question than the one that is open now: kept, and the open one is asked again.
        talk.keep(talk.text)
        talk.say(phrases.KEPT)
        return
    if said.media:
        _media(talk, step, said.media)
        if not talk.text:
            return
        step = talk.open_question()
    if said.choice:
        _press(talk, step, said.choice)
    elif step is None:
        talk.keep(talk.text)
        talk.say(phrases.KEPT)
    else:
        read(talk, step, command)


def _sign(talk: Talk, step: Question | None, signs: Signs) -> None:
    """Words with a sign of danger join the story; they answer the open question too where its own parser takes them."""
    if talk.said.media:
        _media(talk, step, talk.said.media)
    if step is not None and step.id in (aside.SAFE.id, aside.REACH.id):
        beside.talked_on(talk)
    in_story = isinstance(step, Collect)
    takes_words = isinstance(step, Collect) or (isinstance(step, Ask) and step.kind == "words")
    if step is not None and step.id not in aside.ASIDES and takes_words:
        own_words(talk, step)
        in_story = in_story or step.id == STORY.id
    if not in_story:
        talk.keep(talk.text)
    known = not set(signs.categories) - set(talk.s.dangers)
    talk.danger(signs)
    if known:
        talk.say(phrases.KEPT)


def _media(talk: Talk, step: Question | None, media: tuple[Media, ...]) -> None:
    """Files join the open story; they cannot be checked by words, so a person opens them and one question is asked."""
    if isinstance(step, Collect):
        talk.collect(step, media=media)
    else:
        talk.keep(media=media)
    talk.say(phrases.KEPT_MEDIA)
    talk.call_person("media")
    if aside.HURT.id not in talk.s.told:
        talk.s = talk.s.but(told=(*talk.s.told, aside.HURT.id))
        talk.push(aside.HURT.id)


def _press(talk: Talk, step: Question | None, tokens: str) -> None:
    """A button carries its question. One of an earlier question changes that answer; after filing it is too late.

    Words that came with it belong to the answer where it takes any, else to the story.
    """
    pairs = [token.partition("=")[::2] for token in tokens.splitlines()]
    pressed, values = pairs[0][0], tuple(value for name, value in pairs if name == pairs[0][0])
    if step is not None and pressed == step.id:
        if isinstance(step, Collect) and talk.text:
            talk.collect(step, talk.text)
        choose(talk, step, values, "" if isinstance(step, Collect) else talk.text)
        return
    if talk.text:
        talk.keep(talk.text)
    if pressed == "kind" and not talk.s.order and not talk.s.filed and not talk.s.pending and values[0] in FLOWS:
        talk.enter(values[0])
        return
    earlier = {s.id: s for s in path.answered(talk.s, talk.world)}.get(pressed)
    if earlier is not None and not isinstance(earlier, ReadBack) and not earlier.final and not talk.s.pending:
        known = {option.value for option in path.options(earlier, talk.s, talk.world)}
        if known.issuperset(values) and (_is_after_file(earlier) or not talk.s.filed):
            choose(talk, earlier, values)
            talk.say(phrases.EDITED)
            return
    talk.say(phrases.ALREADY_SENT if talk.s.filed or talk.s.flow == "over" else phrases.OLD_BUTTON)


def _is_after_file(step: Question) -> bool:
    """Whether a question comes after its flow has filed the record."""
    for flow in FLOWS.values():
        filed = False
        for one in flow.steps:
            filed = filed or isinstance(one, File)
            if one is step:
                return filed
    return False


def _found(talk: Talk) -> None:
    """The store has answered a look-up; a number it does not know is asked for again."""
    found = talk.said.found
    state = found["state"]
    answers = dict(talk.s.answers)
    if state == "ways":
        steps = path.walk(FLOWS[talk.s.flow], talk.s, talk.world)
        wanted = next((s for s in steps if isinstance(s, LookUp) and path.is_open(s, talk.s)), None)
        if wanted is not None and wanted.query == "ways":
            answers[wanted.id] = Answer(values=tuple(found["ways"].split()))
        talk.s = talk.s.but(answers=answers)
        return
    if state in ("opened", "missed", "shut"):
        talk.s = talk.s.but(answers=_opened(answers, state))
        if state == "missed":
            talk.s = talk.s.but(order=tuple(s for s in talk.s.order if s != pictures.PROOF.id))
            talk.say(pictures.MISSED)
        return
    if state in ("missing", "mistyped"):
        flow = FLOWS[talk.s.flow].step(state)
        assert isinstance(flow, Tell)
        talk.say(flow.text)
        del answers["receipt"]
        talk.s = talk.s.but(answers=answers, order=tuple(s for s in talk.s.order if s != "receipt"))
        return
    values: tuple[str, ...] = ("found", found["stage"], found["kind"]) if state == "found" else (state,)
    values += tuple(one for one in FOUND if found.get(one))
    answers |= {"receipt": Answer(values=("given",)), "found": Answer(values=values)}
    talk.s = talk.s.but(answers=answers, mine=found.get("reference", ""))


def _opened(answers: dict[str, Answer], state: str) -> dict[str, Answer]:
    """The answers after a picture was shown to the store; the picture itself is not kept."""
    proof = {} if state == "missed" else {pictures.PROOF.id: Answer(values=(pictures.GIVEN,))}
    opened = {} if state == "missed" else {"opened": Answer(values=(state,))}
    return {step: answer for step, answer in answers.items() if step != pictures.PROOF.id} | proof | opened


def _wake(talk: Talk) -> None:
    """Nothing was said for a while: 999 again where somebody may be unsafe, else the draft is asked after or goes."""
    if aside.SAFE.id in talk.s.pending and "!silence" not in talk.s.told:
        talk.s = talk.s.but(told=(*talk.s.told, "!silence"))
        beside.unsafe(talk)
        ask(talk)
        return
    if nudging.due(talk):
        nudging.nudge(talk)
        return
    talk.let_go()
    talk.forget()


def _when_to_wake(talk: Talk) -> datetime | None:
    if aside.SAFE.id in talk.s.pending and "!silence" not in talk.s.told:
        return talk.said.at + SILENCE
    if talk.s.flow == survey.FLOW.id and not talk.is_draft:
        return talk.said.at + SURVEYED
    if not talk.is_draft:
        return None
    if talk.said.event and talk.before.wake and talk.before.wake > talk.said.at:
        return talk.before.wake
    return nudging.next_wake(talk, talk.said.at + (UNFINISHED if talk.may_be_read or talk.s.begun else EXPIRES))


def _keep_record_current(talk: Talk) -> None:
    """What is said after a sign of danger reaches the record that the sign has filed, turn by turn."""
    if talk.s.begun and not talk.s.filed and talk.s.answers != talk.before.answers and talk.s.flow != "over":
        talk.file(complete=False)
