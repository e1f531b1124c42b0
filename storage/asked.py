"""The questions of the flows as a form asks them, on the screen of a member of staff and on paper: plain data.

Built from the flows themselves, so that a new question or option appears by itself. A form has no turns: what a
conversation only steers by is left out, and a guard becomes a condition that a page can judge by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from casework import paper
from casework.letters import Letter
from flows.guards import All, Either, Guard, HasWords, Is, Not
from flows.phrases import DANGER_HELP
from flows.scripts import FLOWS, board, menu
from flows.scripts.common import HALFWAY, MORE
from flows.scripts.pictures import PICTURE
from flows.session import Line, Voice, World
from flows.steps import AnyStep, Ask, AskDate, Choose, Collect, Flow, Option, Tell, Text

__all__ = [
    "Choice", "Clause", "Question", "Voice", "in_danger", "kinds", "on_the_board", "phrase", "questions", "said_first",
]  # fmt: skip

#: A form is read where there is room, and it has no address of its own to answer to: as the page of the web chat.
AS_ON = "web"
#: Questions that only a conversation has: whether it may be read when it stops halfway, whether to go on asking.
ONLY_IN_A_TALK = (HALFWAY.id, MORE.id, PICTURE.id)
#: Options that mean nothing on a form: "Answer me here", "I would rather finish later".
NOT_ON_A_FORM: Mapping[str, tuple[str, ...]] = {"contact": ("here",), "alone": ("watched",)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: what is stored, what it is called, the emoji of its symbol ("" for none)."""

    value: str
    name: str
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of "only if": at ``question`` one of ``choices`` was taken (or, not ``wanted``, none of them).

    Without ``choices``: something was written there (or not).
    """

    question: str
    choices: tuple[str, ...]
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form.

    kind     "choose", "words", "date" or "story"
    name     what the answer is called; asked: the question in the reader's words
    many     several may be ticked
    needed   a record is nothing without it
    when     None, or a condition as JSON: {"step", "is"} | {"words"} | {"not"} | {"all"} | {"any"}
    only     the same in words, () where it cannot be said so
    later    asked after the record is filed: extra, if they like
    """

    id: str
    kind: str
    name: str
    asked: str
    more: str = ""
    choices: tuple[Choice, ...] = ()
    many: bool = False
    needed: bool = False
    when: Any = None
    only: tuple[Clause, ...] = ()
    later: bool = False


def kinds(world: World, voice: Voice) -> tuple[Choice, ...]:
    """The flows that file a record and are offered to everybody, in the order of the menu: id, title, symbol."""
    return tuple(
        Choice(flow.id, world.words(Line(flow.title), voice), _symbol(world, flow.symbol))
        for flow in menu.OFFERED
        if flow.kind and flow.offered is None
    )


def questions(world: World, flow: str, voice: Voice) -> tuple[Question, ...]:
    """The questions of a flow in the order they are asked. KeyError for a flow that files nothing."""
    found, filed = [], False
    asked = {step.id: step for step in form_steps(FLOWS[flow])}
    for step in FLOWS[flow].steps:
        filed = filed or step.id == "file"
        if step.id not in asked:
            continue
        when = condition(step.when, FLOWS[flow], world)
        choices = _choices(step, world, voice)
        if when is False or (isinstance(step, Choose) and not choices):
            continue
        found.append(
            Question(
                id=step.id,
                kind=_KINDS[type(step)],
                name=world.words(Line(step.label), voice),
                asked=world.words(Line(_text(step)), voice),
                more=world.words(Line(step.more), voice) if step.more.plain else "",
                choices=choices,
                many=isinstance(step, Choose) and step.many,
                needed=not step.optional,
                when=None if when is True else when,
                only=_clauses(when, asked, world, voice),
                later=filed,
            )
        )
    return tuple(found)


@cache
def on_the_board() -> Mapping[str, Mapping[str, str]]:
    """Question of the picture board -> what may be tapped there: its concept -> an English text of the catalogue."""
    return {step.id: {option.value: option.label.plain for option in step.options} for step in board.QUESTIONS}


def said_first(world: World, flow: str, voice: Voice) -> tuple[str, ...]:
    """What the flow tells before its first question: who reads it, and when it must be told on."""
    told = [step for step in FLOWS[flow].steps if step.id == "who_sees" and isinstance(step, Tell)]
    return tuple(world.words(Line(step.text), voice) for step in told)


def in_danger(world: World, voice: Voice) -> str:
    """Where help is, now: the organisation's own lines."""
    return world.words(Line(DANGER_HELP), voice)


def phrase(world: World, letter: Letter, voice: Voice, **places: str) -> str:
    """A wording of ``casework.paper`` for a reader."""
    return world.words(Line(_phrase(letter), places), voice)


@cache
def _phrase(letter: Letter) -> Text:
    return Text(letter.plain, letter.child, letter.young)


def form_steps(flow: Flow) -> tuple[AnyStep, ...]:
    """The steps of a flow that a form asks."""
    if not flow.kind:
        raise KeyError(flow.id)
    return tuple(step for step in flow.steps if isinstance(step, tuple(_KINDS)) and step.id not in ONLY_IN_A_TALK)


def steers(flow: Flow) -> frozenset[str]:
    """The steps that are asked once somebody wants more questions: on a form answering one of them says so."""
    return frozenset(step.id for step in flow.steps if step.when is not None and MORE.id in step.when.reads)


_KINDS: Mapping[type, str] = {Choose: "choose", Ask: "words", AskDate: "date", Collect: "story"}


#: The wordings that only paper has, as the world says them.
_ON_PAPER: Mapping[str, Text] = {step: Text(one.plain, one.child, one.young) for step, one in paper.ASKED.items()}


def _text(step: AnyStep) -> Text:
    """A question as a form asks it."""
    if step.id in _ON_PAPER and not (step.id == "story" and isinstance(step, Ask)):
        return _ON_PAPER[step.id]
    assert isinstance(step, (Choose, Ask, AskDate, Collect))
    return step.text


def _symbol(world: World, symbol: str) -> str:
    return world.emoji(symbol) if symbol else ""


def _choices(step: AnyStep, world: World, voice: Voice) -> tuple[Choice, ...]:
    if not isinstance(step, (Choose, Ask, AskDate)):
        return ()
    listed = world.listed(step.source, voice) if isinstance(step, Choose) and step.source else ()
    left_out = NOT_ON_A_FORM.get(step.id, ())
    if isinstance(step, Choose) and step.source and not listed:
        return ()
    offered: Iterable[Option] = (*listed, *step.options)
    return tuple(
        Choice(one.value, world.words(Line(one.label), voice), _symbol(world, one.symbol))
        for one in offered
        if one.when is None and one.value not in left_out
    )


# Guards -----------------------------------------------------------------------------------------


def condition(guard: Guard | None, flow: Flow, world: World) -> Any:
    """A guard as JSON, with what is known already worked in: True, False, or a condition (``Question.when``)."""
    if guard is None:
        return True
    if isinstance(guard, Is):
        return True if guard.step == MORE.id else {"step": guard.step, "is": list(guard.values)}
    if isinstance(guard, Not):
        inner = condition(guard.guard, flow, world)
        return not inner if isinstance(inner, bool) else {"not": inner}
    if isinstance(guard, All):
        return _joined(guard, [condition(one, flow, world) for one in guard.guards])
    if isinstance(guard, HasWords):
        # On a form words have a field of their own, and none beside a choice.
        return False if isinstance(flow.step(guard.step), Choose) else {"words": guard.step}
    return guard.holds(_Form(world))


@dataclass(frozen=True, slots=True)
class _Form:
    """What a guard that looks at no answer sees."""

    world: World
    channel: str = AS_ON
    pictures: bool = False
    danger: bool = False

    def chosen(self, step: str) -> tuple[str, ...]:
        return ()

    def said(self, step: str) -> bool:
        return False

    def wants(self, part: str) -> bool:
        return self.world.wants(part)


def _joined(guard: All, found: list[Any]) -> Any:
    """All of some conditions, or (``Either``) one of them, as short as it can be said."""
    either = isinstance(guard, Either)
    if either in found:
        return either
    rest = [one for one in found if not isinstance(one, bool)]
    if either and len({one.get("step") for one in rest}) == 1 and rest[0].get("step"):
        values = list(dict.fromkeys(value for one in rest for value in one["is"]))
        return {"step": rest[0]["step"], "is": values}
    if len(rest) < 2:
        return rest[0] if rest else not either
    return {"any" if either else "all": rest}


def _clauses(when: Any, asked: Mapping[str, AnyStep], world: World, voice: Voice) -> tuple[Clause, ...]:
    parts = when.get("all", [when]) if isinstance(when, dict) else []
    found = []
    for part in parts:
        plain = part.get("not", part)
        step = asked.get(plain.get("step", "") or plain.get("words", ""))
        if step is None:
            return ()
        names = {one.value: one.name for one in _choices(step, world, voice)}
        chosen = tuple(names[value] for value in plain.get("is", ()) if value in names)
        found.append(Clause(world.words(Line(step.label), voice), chosen, plain is part))
    return tuple(found)
