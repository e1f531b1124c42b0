"""Whole talks to be read and reviewed by people who work with children: ``transcripts/*.txt``.

A file is a heading (organisation, channel, language), then what the person sends (``>``), what
they are answered, and what is filed (``#``). What the store finds of a number is written out:
``(found: state=…)``. After a change of wording:
``python -m tests.flows.test_transcripts`` writes them again; read the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import locales
from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from flows.message import Message
from flows.session import Alert, Amend, CallPerson, Effect, Erase, FileIt, Need
from flows.steps import REGISTERS
from tests.flows.tester import START, Talking

HERE = Path(__file__).parent / "transcripts"
FILES = sorted(HERE.glob("*.txt"))


#: What the store answers about the record of a transcript.
WAYS = {
    "state": "ways", "ways": "next_by mediation advocate ombudsman answer_by child",
    "next_by": "2026-12-18", "answer_by": "2027-01-06",
    "ombudsman": "Local Government and Social Care Ombudsman", "web": "www.lgo.org.uk",
}  # fmt: skip


def replay(text: str) -> str:
    """The transcript with everything but the heading and the person's own lines made anew."""
    heading, *lines = text.splitlines()
    organisation, channel, language = heading.split(", ")
    world = OrganisationWorld(load(organisation), watch(), lambda: START)
    talk = Talking(world, channel, language=language)
    out = [heading]
    for line in lines:
        if line.startswith("> "):
            out += ["", line, *answered(talk, line.removeprefix("> "))]
    return "\n".join(out) + "\n"


def answered(talk: Talking, what: str) -> Iterator[str]:
    """What one thing the person did leads to."""
    if what == "(opens the page)":
        message = talk.open()
    elif what == "(a photo)":
        message = talk.photo()
    elif what.startswith("(we ask"):
        register = next((one for one in REGISTERS if one in what), "")
        message = talk.asked("begun promised" if "promised" in what else "begun", register, "easy" in what)
    elif what.startswith("(silence of "):
        message = talk.wait(minutes=int(what.split()[2]))
    elif what.startswith("(found: "):
        pairs = (pair.partition("=") for pair in what.removeprefix("(found: ").removesuffix(")").split("; "))
        message = talk.send(event="found", found={name: value for name, _, value in pairs})
    else:
        message = talk.say(what)
    while any(isinstance(effect, Need) and effect.query == "ways" for effect in talk.effects):
        message = talk.found(**WAYS, next_step=_stage(talk), asked_step=_stage(talk))
    yield from (f"    # {line}" for effect in talk.effects for line in noted(effect))
    if message:
        yield from shown(message)


def _stage(talk: Talking) -> str:
    return load("sandwell").stages["stage2"].name.said(talk.session.voice.language)


def shown(message: Message) -> Iterator[str]:
    for line in message.lines:
        yield f"    {line}"
    for number, choice in enumerate(message.choices, 1):
        yield f"      {number} {choice.emoji + ' ' if message.easy else ''}{choice.label}"


def noted(effect: Effect) -> Iterator[str]:
    """One line for what the store does."""
    if isinstance(effect, FileIt):
        yield f"{'filed' if effect.complete else 'filed as it stands'}: {effect.kind} {effect.record}"
        if effect.complete:
            for entry in effect.entries:
                said = " / ".join([*entry.labels, *entry.words]) or ("left out" if entry.skipped else "")
                yield f"  {entry.question} {said}{' + 1 photo' * len(entry.media)}"
    elif isinstance(effect, Amend):
        for entry in effect.entries:
            yield f"{effect.event}: {entry.question} {' / '.join([*entry.labels, *entry.words])}"
    elif isinstance(effect, Alert):
        yield f"ALERT {effect.level}: {', '.join(effect.categories)} ({', '.join(effect.matched)})"
    elif isinstance(effect, CallPerson):
        yield f"task for a person: {effect.why}"
    elif isinstance(effect, Erase):
        yield "draft erased"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert replay(text) == text, "wording changed? python -m tests.flows.test_transcripts, then read the difference"


def test_every_language_and_channel_has_one() -> None:
    headings = [path.read_text(encoding="utf-8").splitlines()[0] for path in FILES]
    for code in (language.code for language in locales.offered()):
        assert any(heading.endswith(f", {code}") for heading in headings), code
    assert {heading.split(", ")[1] for heading in headings} == {"web", "sms", "telegram"}


if __name__ == "__main__":
    for file in FILES:
        file.write_text(replay(file.read_text(encoding="utf-8")), encoding="utf-8")
