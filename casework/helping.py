"""Advocates and compliments: what is recorded of them, what is refused, where they stand.

Sources: the documents behind the profiles (``docs/procedures.md``): Action for Children (who asked for an advocate is
seen before a visit), Dudley and Sandwell (who the advocate is; compliments reach the worker and may be celebrated). An
advocate is often of another organisation; what they record joins the history of the record, for the team to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from casework.errors import nearest
from casework.procedure import Move, Profile
from casework.record import CaseEvent, CaseState
from casework.words import Said, say

#: Also when the record is closed: a person's advocate and a good word outlast it.
ALWAYS = ("*",)
#: Kinds of record in which somebody may be passed to an advocate besides; a request for one is itself passed on.
BESIDES = ("complaint", "informal", "compliment", "person", "unfinished")
#: The events that pass somebody to an advocate.
SENT = ("referred", "advocate_referred")
#: What the advocate records, in the order in which it usually happens.
STEPS = (
    *("advocate_accepted", "advocate_declined", "advocate_arranged", "advocate_met", "advocate_reported"),
    "advocate_ended",
)
#: How the help of an advocate may end.
ENDS = ("helped", "not_wanted", "not_reached", "somebody_else")
#: What the person agreed may be done with a compliment; "both": told and shared without a name; "named": with it.
SHARING = ("both", "named", "tell", "no")
#: Agreed to be put on the board.
PUBLIC = ("both", "named")


def helping() -> Iterator[Move]:
    """These moves, for every procedure."""
    yield Move(event="advocate_referred", name="Pass the person to an advocate", needs=("to",), kinds=BESIDES)
    for sent in SENT:
        after = (sent,)
        yield Move(event="advocate_accepted", name="The advocate takes it on", at=ALWAYS, after=after)
        yield Move(
            event="advocate_declined", name="The advocate cannot take it on", at=ALWAYS, after=after, needs=("why",)
        )
        yield Move(
            event="advocate_arranged", name="The advocate arranged a meeting", at=ALWAYS, after=after,
            needs=("day|visit",),
        )  # fmt: skip
        yield Move(event="advocate_met", name="The advocate met the person", at=ALWAYS, after=after)
        yield Move(
            event="advocate_reported", name="The advocate reports back", at=ALWAYS, after=after,
            needs=("what", "agreed"),
        )  # fmt: skip
        yield Move(
            event="advocate_ended", name="The help of the advocate ended", at=ALWAYS, after=after, needs=("result",)
        )
    praise = ("compliment",)
    name = "Record what may be done with it"
    yield Move(event="sharing", name=name, at=ALWAYS, needs=("answer", "how"), kinds=praise)
    yield Move(event="celebrated", name="Put it on the board", at=ALWAYS, needs=("words",), kinds=praise)
    yield Move(event="taken_down", name="Take it off the board", at=ALWAYS, after=("celebrated",), kinds=praise)


# Where it stands ----------------------------------------------------------------------------------


def help_of(state: CaseState) -> str:
    """How the help of an advocate stands: "" when nobody was asked, "asked", or the last step without its "advocate_".

    A meeting that was arranged and a report do not undo each other: the latest counts.
    """
    last = state.last(*SENT, *STEPS)
    if last is None:
        return ""
    return "asked" if last.kind in SENT else last.kind.removeprefix("advocate_")


def sharing(state: CaseState) -> str:
    """What may be done with a compliment, as last said by the person or recorded by staff; "" when nobody asked."""
    for event in reversed(state.history):
        said = event.listed("answer" if event.kind == "sharing" else "share")
        if said and said[0] in SHARING:
            return said[0]
    return ""


def on_board(state: CaseState) -> CaseEvent | None:
    """The event with the words that stand on the board now, None when they may not or do not."""
    if state.place == "withdrawn" or sharing(state) not in PUBLIC or not state.since("celebrated", "taken_down"):
        return None
    return state.last("celebrated")


# What is refused ----------------------------------------------------------------------------------


def _ended(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    yield from _one_of(str(event.said("result")), ENDS)


def _reported(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if event.said("agreed") is not True:
        yield say("What they told their advocate goes on the record only when they agree to it. Ask them first.")


def _sharing(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    yield from _one_of(str(event.said("answer")), SHARING)


def _passed_on(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if sharing(state) == "no":
        yield say(
            "The person asked us to tell nobody. If they think otherwise now, record that first; otherwise close it."
        )


def _celebrated(profile: Profile, state: CaseState, event: CaseEvent) -> Iterator[Said]:
    if sharing(state) not in PUBLIC:
        yield say("The person has not agreed that it is shared. Ask them, and record what they say.")


def _one_of(answer: str, known: tuple[str, ...]) -> Iterator[Said]:
    if answer not in known:
        yield say("“{answer}” is not one of the answers. {nearest}", answer=answer, nearest=nearest(answer, known))


#: Event -> what is asked before it is appended (``casework.refusals``).
CHECKS: Mapping[str, Callable[[Profile, CaseState, CaseEvent], Iterator[Said]]] = {
    "advocate_ended": _ended,
    "advocate_reported": _reported,
    "sharing": _sharing,
    "passed_on": _passed_on,
    "celebrated": _celebrated,
}
