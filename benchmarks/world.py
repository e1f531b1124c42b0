"""The real world of a shipped organisation, and a person who makes a complaint in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot import deployment
from bot.config import Settings
from casework.procedure import Profile
from flows import engine
from flows.message import render
from flows.session import FileIt, Said, Say, Session, World

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
STORY = (
    "My social worker was meant to ring me back on Monday about seeing my brother and nobody did. It is the third "
    "time now. When I rang the office they said she was busy and they would tell her, but she never rings."
)
HELLO = "hello"
#: A first text whose language is sure.
ENGLISH = "Hello, I want to complain about my social worker"
_CHOICES = {"kind": "complaint", "who": "child", "age": "12to15", "check": "send", "alone": "alone", "worker": "no"}


class Step(NamedTuple):
    """One exchange: the step an answer is for, the answer, and the question that follows with its choices."""

    step: str
    answer: str
    question: str
    labels: list[str]


def real() -> tuple[World, Profile]:
    """The Sandwell profile with all languages, and its procedure."""
    found = deployment.profiles(Settings(organisations=("sandwell",)))
    return deployment.worlds(found, deployment.watch())["sandwell"], found["sandwell"]


def conversation(world: World, channel: str = "sms", hello: str = HELLO) -> list[Said]:
    """What one young person sends, from hello to the filed complaint, by asking the engine itself."""
    session, script, told = Session(channel=channel), list[Said](), False
    said = Said(at=START, text=hello, language="en")
    if channel == "web":
        said = Said(at=START, event="open", language="en")
    for turn in range(40):
        script.append(said)
        session, effects = engine.turn(session, said, world)
        if any(isinstance(effect, FileIt) and effect.complete for effect in effects):
            return script
        say = [effect for effect in effects if isinstance(effect, Say)][-1]
        values = [option.value for option in say.options]
        at = START + timedelta(seconds=20 * (turn + 1))
        if say.step == "story" and not told:
            said, told = Said(at=at, text=STORY), True
        elif say.step == "want":
            said = Said(at=at, text="I want to see my brother, and somebody to say sorry.")
        else:
            wanted = _CHOICES.get(say.step, "done" if say.step == "story" else values[0] if values else "")
            said = Said(at=at, choice=f"{say.step}={wanted}") if wanted else Said(at=at, text="A few words")
    raise AssertionError("the complaint was never filed")


def typed(world: World, hello: str = HELLO, channel: str = "sms") -> list[Step]:
    """The same without buttons: what the young person types, number or words, and what they are answered."""
    session, steps = Session(channel=channel), list[Step]()
    open_step, values = "hello", list[str]()
    for one in conversation(world, channel, hello):
        wanted = one.choice.partition("=")[2]
        answer = str(values.index(wanted) + 1) if wanted else one.text
        session, effects = engine.turn(session, Said(at=one.at, text=answer, language=one.language), world)
        message = render([effect for effect in effects if isinstance(effect, Say)][-1], world)
        labels = [choice.label for choice in message.choices]
        steps.append(Step(open_step, answer, "\n\n".join(message.lines), labels))
        open_step, values = message.step, [choice.token.partition("=")[2] for choice in message.choices]
    if not any(isinstance(effect, FileIt) and effect.complete for effect in effects):
        raise AssertionError("the numbers do not lead where the buttons lead")
    return steps
