"""Every flow to its end in every language offered, every register and mode, answered at random but always the same.

What is read must be in the language: no gap unfilled, no two choices alike, no line that English says word for word.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

import locales
from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from flows.message import render
from flows.session import FileIt, Need, Say, Voice
from flows.steps import REGISTERS
from tests.flows.test_walk import CLOSED, FOUND, NAMES, WAYS
from tests.flows.tester import LATER, START, Talking

#: What is written where words are asked for; no sign of danger in any language.
WORDS = "Zzz zzz zzz"
#: Answers that lead back, or out of the flow.
BACK = {"rewrite", "edit", "later", "watched"}
TURNS = 90
FLOWS = ("board", "compliment", "informal", "complaint", "advocate", "person")
VOICES = [(register, easy) for register in ("", *REGISTERS) for easy in (False, True)]


@pytest.fixture(scope="module")
def world() -> OrganisationWorld:
    return OrganisationWorld(load("sandwell"), watch(), lambda: START)


def read(talk: Talking) -> list[str]:
    """What the last turn said, after a look at every line of it; the tokens of its choices."""
    says = [effect for effect in talk.effects if isinstance(effect, Say)]
    if not says:
        return []
    later = LATER if any(isinstance(effect, FileIt) for effect in talk.effects) else {}
    message = render(says[0], talk.world, later)
    labels = [choice.label for choice in message.choices]
    assert message.lines and all(line.strip() for line in message.lines)
    assert not [line for line in (*message.lines, *labels) if "{" in line]
    assert len(set(labels)) == len(labels), labels
    voice = says[0].voice
    if voice.language != locales.SOURCE:
        english = render(replace(says[0], voice=Voice(locales.SOURCE, voice.register, voice.easy)), talk.world, later)
        same = {line for line in message.lines if " " in line and line.count(" ") > 2} & set(english.lines)
        assert not same, (voice.language, same)
    return [choice.token for choice in message.choices]


def walked(talk: Talking, draw: Random) -> bool:
    """Answer until something is filed and the flow is over; whether it came to that."""
    for _ in range(TURNS):
        while any(isinstance(effect, Need) for effect in talk.effects):
            talk.found(**{**(CLOSED if talk.session.flow == "survey" else FOUND), **NAMES, "ways": WAYS[0]})
        tokens = read(talk)
        on = [token for token in tokens if token.partition("=")[2].partition(":")[0] not in BACK]
        if talk.ever(FileIt) and talk.record.complete:
            return True
        if on:
            talk.send(choice=draw.choice(on))
        else:
            talk.send(text=WORDS)
    return False


@pytest.mark.parametrize("code", [entry.code for entry in locales.offered()])
def test_every_flow_comes_to_its_end(world: OrganisationWorld, code: str) -> None:
    for flow in FLOWS:
        for register, easy in VOICES:
            draw = Random(f"{code} {flow} {register} {easy}")
            talk = Talking(world, draw.choice(("web", "sms", "telegram")), language=code, kind=flow)
            talk.open()
            talk.session = talk.session.but(voice=Voice(code, register, easy))
            assert walked(talk, draw), (code, flow, register, easy, talk.heard)


@pytest.mark.parametrize("code", [entry.code for entry in locales.offered()])
def test_how_we_did_and_how_it_is_going_are_told_in_their_language(world: OrganisationWorld, code: str) -> None:
    for register, easy in VOICES:
        talk = Talking(world, "sms", language=code)
        talk.asked("begun promised", register, easy)
        for value in ("no", "no", "skip"):
            tokens = read(talk)
            found = [token for token in tokens if token.endswith(f"={value}")] or tokens[:1]
            talk.send(choice=found[0]) if found else talk.send(text=WORDS)
        read(talk)
        talk = Talking(world, "web", language=code, kind="progress")
        talk.open()
        talk.session = talk.session.but(voice=Voice(code, register, easy))
        talk.send(text="1111 2222 3333 4444")
        assert any(isinstance(effect, Need) for effect in talk.effects)
        talk.found(**FOUND)
        assert read(talk) or talk.heard
