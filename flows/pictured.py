"""What is said with pictures: the signs of danger in it, pictures that are typed, and the same in English for staff."""

from __future__ import annotations

from collections.abc import Iterator

from flows import path, reading
from flows.guards import All, Guard, Is
from flows.safety import LEVELS
from flows.scripts import FLOWS, board
from flows.session import Session, Signs, World
from flows.steps import Choose, Sign, options_of

#: Under what the record keeps it, in English.
STEP = "pictures"


def signs(session: Session, world: World, known: tuple[Sign, ...] = ()) -> tuple[Sign, ...]:
    """The signs of danger in the answers of the flow, without those known before."""
    found = FLOWS[session.flow].signs
    if not found:
        return ()
    facts = path.SessionFacts(session, world)
    return tuple(sign for sign in found if sign.when.holds(facts) and sign not in known)


def as_signs(found: tuple[Sign, ...], session: Session, world: World) -> Signs:
    """Some signs as one: the graver level, the categories, and for staff the choices that raised them, in English."""
    facts = path.SessionFacts(session, world)
    said = (label for sign in found for label in _raised(sign.when, facts))
    ranked = sorted(found, key=lambda sign: LEVELS.index(sign.level))
    return Signs(
        level=ranked[0].level,
        categories=tuple(dict.fromkeys(sign.category for sign in ranked)),
        matched=tuple(dict.fromkeys(said)),
        rules=tuple(f"pictures {sign.category} {sign.level}: {sign.when}" for sign in ranked),
    )


def _raised(guard: Guard, facts: path.SessionFacts) -> Iterator[str]:
    """The English labels of the choices by which a guard holds."""
    if isinstance(guard, All):  # Either too
        for one in guard.guards:
            yield from _raised(one, facts)
    elif isinstance(guard, Is):
        step = FLOWS[facts.session.flow].step(guard.step)
        labels = {option.value: option.label.plain for option in options_of(step)} if step else {}
        yield from (labels[value] for value in facts.chosen(guard.step) if value in guard.values)


def in_english(session: Session) -> str:
    """What was said on the picture board, for staff: "How it is: Bad. Who: Mum, Dad."; "" where nothing was."""
    if FLOWS[session.flow] is not board.FLOW:
        return ""
    said = []
    for step in board.QUESTIONS:  # a picture typed ahead of its question too
        values = session.answers[step.id].values if step.id in session.answers else ()
        if values:
            labels = {option.value: option.label.plain for option in options_of(step)}
            said.append(f"{step.label.plain}: {', '.join(labels.get(value, value) for value in values)}.")
    return " ".join(said)


def answered(session: Session, world: World, text: str) -> tuple[tuple[Choose, tuple[str, ...]], ...]:
    """The questions of the board that a text of nothing but its pictures answers, each with its values; else ().

    A picture that the open question has not may answer one still to come, or add to one that is answered. Two for a
    question that takes one are no answer: nobody knows which is meant.
    """
    if FLOWS[session.flow] is not board.FLOW or session.pending or session.filed:
        return ()
    drawn = dict.fromkeys(reading.pictures(text))
    steps = sorted(board.QUESTIONS, key=lambda step: not path.is_open(step, session))
    found: dict[str, tuple[str, ...]] = {}
    for sign in drawn:
        for step in steps:
            offered = path.options(step, session, world)
            value = next((one.value for one in offered if reading.pictures(world.emoji(one.symbol)) == (sign,)), "")
            if value and step.id in found and not step.many:
                return ()
            if value:
                before = session.answers[step.id].values if step.many and step.id in session.answers else ()
                found[step.id] = (*found.get(step.id, before), value)
                break
        else:
            return ()
    return tuple((step, tuple(dict.fromkeys(found[step.id]))) for step in steps if step.id in found)
