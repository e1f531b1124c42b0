"""What a complaint by text costs, in segments: the whole talk for each language, and no message too long.

``python -m pytest -s tests/test_sms_budget.py`` prints the table, message by message.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

import locales
from bot.channels.contract import Occasion
from bot.channels.sms.render import LIMITS, fits, render
from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load, shipped
from flows import path
from flows.aside import ASIDES
from flows.message import Message
from flows.message import render as written
from flows.path import EDIT, QUESTIONS
from flows.safety import Watch
from flows.scripts import FLOWS
from flows.session import Line, Say, Session, Voice
from flows.steps import ReadBack
from locales import sms
from tests.flows.tester import START, Talking

#: The goal: a whole complaint, without the read-back, takes at most so many outgoing segments.
#: Welsh and Polish are reported: they are spelt rightly.
BUDGET = {"en": 22, "ar": 34}
#: What tells a story and a wish in each language: messages by which it is recognised, as they were never tuned to.
STORIES = Path(__file__).parent / "locales" / "identify_check"


@cache
def _read() -> Watch:
    return watch()


def answers(code: str) -> tuple[str, ...]:
    """A parent's complaint from the first text to "anything else?": each answers what was asked before."""
    lines = (STORIES / f"{code}.txt").read_text("utf-8").splitlines()
    told, wished = islice((line for line in lines if not _read().signs(line, code).level), 2)
    done = locales.words(code).done[0]
    confirmed = ("1",) if code != locales.SOURCE else ()
    return told, *confirmed, "3", "1", "2", "1", done, "02/11/2026", "1 3", wished, "1", "1", "1", "2", "2", "1"


@pytest.fixture(scope="module")
def world() -> OrganisationWorld:
    return OrganisationWorld(load("dudley"), watch(), lambda: START)


def talked(world: OrganisationWorld, code: str) -> Iterator[tuple[Message, tuple[str, ...]]]:
    """Each message of the complaint, and its texts."""
    talk = Talking(world, "sms", language="")
    for number, answer in enumerate(answers(code)):
        guess = code if number == 0 else ""
        message = talk.send(text=answer, language=guess)
        assert message is not None, f"nothing is said to {answer!r}"
        yield message, render(message, Occasion(first=number == 0))
    assert any(effect.__class__.__name__ == "FileIt" for effect in talk.all), "it was not filed"


def is_read_back(message: Message) -> bool:
    return any(choice.token.startswith(f"{message.step}={EDIT}") for choice in message.choices)


@pytest.mark.parametrize("code", [entry.code for entry in locales.offered()])
def test_a_complaint_stays_within_the_budget(world: OrganisationWorld, code: str) -> None:
    total = read_back = 0
    print(f"\n{code}  step              texts  alphabet  units      segments")
    for message, texts in talked(world, code):
        sizes = [sms.size(text) for text in texts]
        segments = sum(size.segments for size in sizes)
        units = " + ".join(str(size.units) for size in sizes)
        note = "  (read-back)" if is_read_back(message) else ""
        print(
            f"    {message.step or '-':<16}  {len(texts):>5}  {sizes[-1].alphabet:<8}  {units:<9}  {segments:>4}{note}"
        )
        assert all(map(fits, texts)), f"{message.step}: over {dict(LIMITS)}"
        if note:
            read_back += segments
        else:
            total += segments
    print(
        f"    whole complaint: {total} segments, and {read_back} for the read-back; budget {BUDGET.get(code, 'none')}"
    )
    assert total <= BUDGET.get(code, 200)


def test_nothing_that_is_not_in_the_alphabet_slips_into_english(world: OrganisationWorld) -> None:
    for _, texts in talked(world, "en"):
        assert not [sign for text in texts for sign in sms.outside(text)]


@pytest.mark.parametrize("organisation", [name for name in shipped() if load(name).duty])
def test_no_question_of_any_flow_is_too_long(organisation: str) -> None:
    """Every question with its choices, in every language, register and mode."""
    world = OrganisationWorld(load(organisation), watch(), lambda: START)
    questions = {s.id: s for flow in FLOWS.values() for s in flow.steps if isinstance(s, QUESTIONS)} | dict(ASIDES)
    long = []
    for code, _ in world.languages:
        for register, easy in (("", False), ("young", False), ("child", False), ("", True), ("child", True)):
            voice = Voice(code, register, easy)
            for step in questions.values():
                options = () if isinstance(step, ReadBack) else path.options(step, Session(voice=voice), world)
                message = written(Say((Line(step.text),), voice, step.id, options), world)
                texts = render(message, Occasion())
                sizes = [sms.size(text) for text in texts]
                assert all(map(fits, texts))
                # All languages by their names are more than one text can hold; nothing else may be.
                if len(texts) > (2 if step is ASIDES["!language"] else 1):
                    long.append((code, register, easy, step.id, [(s.alphabet, s.units, s.segments) for s in sizes]))
    assert not long


@pytest.mark.parametrize("organisation", ["dudley", "sandwell", "wales"])
def test_the_way_on_is_short_enough_with_everything_that_is_told(organisation: str) -> None:
    """The longest there is: sorry, the next step with its name and day, and every choice."""
    profile = load(organisation)
    world = OrganisationWorld(profile, watch(), lambda: START)
    assert profile.ombudsman is not None
    for code, _ in world.languages:
        stage = profile.stages["stage2"].name.said(code)
        names = {"next_step": stage, "asked_step": stage, "next_by": "2026-12-18", "answer_by": "2027-01-06"}
        names |= {"ombudsman": profile.ombudsman.name.said(code), "web": profile.ombudsman.web}
        for register, easy in (("", False), ("child", False), ("", True)):
            for way in ("next_by", "next_late"):
                ways = f"{way} mediation advocate ombudsman answer_by child"
                for chosen in ("next", "ombudsman"):
                    talk = Talking(world, "sms", language=code)
                    told = [talk.asked("begun promised", register, easy)]
                    talk.press("yes", "yes", "yes", "bad", "bad")
                    told.append(talk.found(state="ways", ways=ways, **names))
                    talk.press(chosen)
                    told.append(talk.found(state="ways", ways=ways, **names))
                    for message in told:
                        assert message is not None
                        assert all(map(fits, render(message, Occasion()))), (code, register, easy, message.step)
