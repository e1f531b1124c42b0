"""Every abstract state x every answer x every anytime word, the session through JSON before each turn.

Two sessions are the same abstract state when the same question is open and every guard ahead
decides alike; full paths would be millions.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from flows import path
from flows.anytime import COMMANDS
from flows.engine import turn
from flows.guards import All, Either, Guard
from flows.message import render
from flows.scripts import FLOWS
from flows.session import LATER, Alert, Amend, CallPerson, Erase, FileIt, Media, Need, Said, Say, Session, Voice, World
from flows.steps import Choose, ReadBack
from flows.talk import Talk
from tests.flows.tester import LATER as FILLED
from tests.flows.tester import START, through_json

WORDS = "quokkas sing at midnight"
SIGN = "he hit me with a belt"
FOUND = {
    "state": "found", "reference": "HB-1", "kind": "informal", "stage": "received",
    "filed_on": "2026-11-02", "acknowledge_by": "2026-11-03", "answer_by": "2026-11-16",
}  # fmt: skip
CLOSED = {**FOUND, "stage": "closed", "unsurveyed": "yes", "promised": "yes"}
NAMES = {
    "next_step": "Stage 2", "asked_step": "Stage 2", "next_by": "2026-12-18", "answer_by": "2027-01-11",
    "ombudsman": "Ombudsman", "web": "www.example.org", "ombudsman_by": "2027-11-20",
}  # fmt: skip
#: Every way on there is, in sets as the store gives them.
WAYS = (
    "next_by mediation advocate ombudsman answer_by child", "next advocate", "next_late advocate ombudsman answer_by",
    "next_early advocate ombudsman", "complaint advocate", "advocate ombudsman ombudsman_by", "",
)  # fmt: skip


def key(session: Session, world: World) -> tuple[Any, ...]:
    """The abstract state."""
    step = Talk(session, Said(START), world).open_question()
    facts = path.SessionFacts(session, world)
    guards, ahead = _ahead(session.flow, step.id if step else "")
    return (
        session.flow,
        step.id if step else "",
        session.pending[-2:],
        tuple([_known(guard, facts, ahead) for guard in guards]),
        path.has_answer(session.answers.get("story")),
        session.filed,
        session.begun,
        bool(session.mine),
        tuple([option.value for option in path.options(step, session, world)]) if isinstance(step, Choose) else (),
    )


@cache
def _ahead(flow: str, step: str) -> tuple[tuple[Guard, ...], frozenset[str]]:
    """(the guards of a question and of all that comes after it, each once; the ids of these steps)."""
    ids = [one.id for one in FLOWS[flow].steps]
    rest = FLOWS[flow].steps[ids.index(step) if step in ids else 0 :]
    return tuple(dict.fromkeys(one.when for one in rest if one.when)), frozenset(one.id for one in rest)


def _known(guard: Guard, facts: path.SessionFacts, ahead: frozenset[str]) -> object:
    """What a guard decides; while it still reads answers to come, what is left of it to decide."""
    if isinstance(guard, All):  # Either too
        ends = isinstance(guard, Either)
        parts = []
        for one in guard.guards:
            known = _known(one, facts, ahead)
            if known is ends:
                return ends
            if known is not (not ends):
                parts.append(known)
        return tuple(parts) or not ends
    return guard.holds(facts) if ahead.isdisjoint(guard.reads) else id(guard)


def inputs(session: Session, world: World) -> Iterator[dict[str, Any]]:
    """Everything a person might do here."""
    step = Talk(session, Said(START), world).open_question()
    if step is not None:
        for number, option in enumerate(path.options(step, session, world), 1):
            yield {"choice": f"{step.id}={option.value}"}
            yield {"text": str(number)}
        yield {"choice": f"{step.id}=nothing-like-it"}
    if session.flow == "survey" and (session.voice.register or session.voice.easy):
        yield {"text": WORDS}
        return  # the same turns as in plain words, which are walked: here it is how they are said
    yield from ({"text": command} for command in COMMANDS)
    yield from ({"text": text} for text in (WORDS, "88", "?!", "\ud83d", "1234567890123456", "last Tuesday", "no"))
    yield {"text": SIGN}
    yield {"media": (Media("m", "image", 10),)}
    yield {"choice": "who=child"}
    yield {"event": "open"}
    yield {}


def check(before: Session, what: dict[str, Any], after: Session, effects: tuple[Any, ...], world: World) -> None:
    """What must hold after any turn."""
    assert through_json(after) == after
    says = [e for e in effects if isinstance(e, Say)]
    assert len(says) <= 1 and len([e for e in effects if isinstance(e, Need)]) <= 1
    if what.get("event") != "open":
        assert says or any(isinstance(e, Need) for e in effects), "silence is never an answer"
    for say in says:
        message = render(say, world, FILLED if any(isinstance(e, FileIt) for e in effects) else {})
        assert message.lines and all(line.strip() for line in message.lines)
        assert not any("{" in line for line in message.lines), message.lines
        assert len({c.token for c in message.choices}) == len(message.choices)
        assert len({c.label for c in message.choices}) == len(message.choices)
        if not any(before.pending) and after.pending:
            assert say.step == after.pending[-1]
    for effect in effects:
        if isinstance(effect, FileIt):
            assert effect.record == after.record or after.flow == "over"
            assert not any(WORDS in value for values in effect.facts.values() for value in values)
        if isinstance(effect, Amend):
            assert before.filed or before.mine
        if isinstance(effect, Alert):
            assert effect.record >= 1
        if isinstance(effect, (CallPerson, Erase)):
            assert effect.record >= 0
    if what.get("text") in (WORDS, SIGN):
        kept = [w for a in after.answers.values() for w in a.words]
        kept += [w for e in effects if isinstance(e, (FileIt, Amend)) for entry in e.entries for w in entry.words]
        assert what["text"] in kept, "words are never lost"
    if what.get("text") in (SIGN, "urgent"):
        assert any(isinstance(e, Alert) for e in effects)
    asked = Talk(before, Said(START), world).open_question()
    offered = before.flow in ("after", "over")  # what can be done next stays open
    if what.get("text") == "skip" and asked is not None and asked.optional and not (before.pending or offered):
        still = Talk(after, Said(START), world).open_question()
        assert isinstance(asked, ReadBack) or still is None or still.id != asked.id, "it can be left out"


def test_only_what_happened_and_which_way_to_go_must_be_said() -> None:
    """Data minimisation: whoever does not want to say may skip all the rest (the walk does)."""
    must = {
        (flow.id, s.id)
        for flow in FLOWS.values()
        for s in flow.steps
        if isinstance(s, path.QUESTIONS) and not s.optional
    }
    stories = {("compliment", "story"), ("informal", "story"), ("complaint", "story")}
    assert must == {("menu", "kind"), ("progress", "receipt"), *stories}


def test_every_state_every_answer_every_word() -> None:
    asks_why = {"request_reasons": load("together-for-children").listed("request_reasons")}
    dudley = load("dudley")
    profile = replace(dudley, lists={**dudley.lists, **asks_why})
    world = OrganisationWorld(profile, watch(), lambda: START)
    assert world.wants("visit"), "the profile that asks most is walked"
    seen: set[tuple[Any, ...]] = set()
    turns = 0
    waiting: deque[tuple[Session, tuple[Any, ...]]] = deque()

    def reached(session: Session) -> None:
        spoken = (session.voice.register, session.voice.easy) if session.flow == "survey" else ()
        here = (session.channel, *key(session, world), spoken)
        if here not in seen:
            seen.add(here)
            waiting.append((session, here))

    entry = {"language": "en"}
    for register, easy in (("", ""), ("young", ""), ("child", ""), ("", "yes")):
        asked = {"reference": "HB-1", "about": "begun promised", "register": register, "easy": easy}
        for about in ("begun promised", "again") if not register else ("begun promised",):
            idle = Session(channel="sms", voice=Voice("en"), flow="over", last=START - timedelta(days=5), record=1)
            ask = Said(START, event="ask", entry=asked | {"about": about})
            session, effects = turn(idle, ask, world)
            assert [e.step for e in effects if isinstance(e, Say)] == ["survey_understood"]
            reached(session)
    for channel in ("web", "sms"):
        session, effects = turn(Session(channel=channel), Said(START, event="open", entry=entry), world)
        assert len([e for e in effects if isinstance(e, Say)]) == 1
        reached(session)
    while waiting:
        session, here = waiting.popleft()
        kept = json.dumps(session.to_json())
        now = (session.last or START) + timedelta(seconds=30)
        for what in inputs(session, world):
            after, effects = turn(Session.from_json(json.loads(kept)), Said(now, **what), world)
            turns += 1
            try:
                check(session, what, after, effects, world)
            except AssertionError as error:
                raise AssertionError(f"{what} at {here}") from error
            need = next((e for e in effects if isinstance(e, Need)), None)
            if need is not None:
                answers = [NAMES | {"state": "ways", "ways": ways} for ways in WAYS]
                progress = (FOUND, CLOSED, FOUND | {"locked": "yes"}, {"state": "missing"}, {"state": "wait"})
                opened = ({"state": "opened", "kept": "We wrote."}, {"state": "missed"}, {"state": "shut"})
                for found in {"ways": answers, "messages": opened}.get(need.query, progress):
                    later, told = turn(through_json(after), Said(now, event="found", found=found), world)
                    check(after, {"event": "found"}, later, told, world)
                    reached(later)
                continue
            reached(after)
        if session.wake:
            after, effects = turn(Session.from_json(json.loads(kept)), Said(session.wake, event="wake"), world)
            assert sum(isinstance(e, Say) for e in effects) <= 1
            reached(after)
    assert {flow for _, flow, *_ in seen} == set(FLOWS), "every flow was reached"
    assert len(seen) > 300 and turns > 5000, (len(seen), turns)
    steps = {step for _, _, step, *_ in seen}
    asked = {s.id for f in FLOWS.values() for s in f.steps if isinstance(s, path.QUESTIONS)}
    assert asked - steps == set(), "every question was asked"


def test_later_places_are_filled_by_the_store_only() -> None:
    assert set(FILLED) == set(LATER)
