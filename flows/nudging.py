"""Asking once, gently, after an account that was left unfinished; what it is about is not said.

Not on a page, which rings nobody; not where they said no to being read, said LATER (they come back by themselves),
STOP, or anything that is a sign of danger. Whether it is safe the store asks the gate of safe contact
(``Say.purpose``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flows import phrases
from flows.anytime import PAUSED
from flows.session import Line, Say
from flows.talk import UNFINISHED, Talk

#: Told once they have been asked.
NUDGED = "!nudged"
#: They have at least this long afterwards.
AFTER = timedelta(days=1)


def wanted(talk: Talk) -> bool:
    """Whether somebody who says nothing more is asked after."""
    s = talk.s
    waits = talk.is_draft and talk.may_be_read and not (s.begun or s.dangers or s.stopped)
    return waits and s.channel != "web" and bool(talk.world.nudge) and not {NUDGED, PAUSED} & set(s.told)


def due(talk: Talk) -> bool:
    """Whether to ask now; after a long stop of ours the account is let go without it."""
    return wanted(talk) and talk.s.last is not None and talk.said.at < talk.s.last + UNFINISHED


def nudge(talk: Talk) -> None:
    """Ask. Nothing else is said, and no question is asked again until they write."""
    talk.s = talk.s.but(told=(*talk.s.told, NUDGED))
    talk.effects.append(Say(lines=(Line(phrases.NUDGE),), voice=talk.voice, purpose="reminder"))


def next_wake(talk: Talk, end: datetime) -> datetime:
    """When to wake a draft that would be let go at ``end``; being asked after gives nobody less time, nor much more."""
    if wanted(talk):
        return min(end, talk.said.at + talk.world.nudge)
    if talk.said.event == "wake" and NUDGED in talk.s.told and talk.s.last is not None:
        return max(talk.s.last + UNFINISHED, talk.said.at + AFTER)
    return end
