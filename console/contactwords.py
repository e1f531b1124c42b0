"""What could not be sent by itself, in words for staff: which message it was, and why the gate kept it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.replying import REASONS
from console.words import N_

#: Why something was sent (``casework.contact.PURPOSES``) -> what it was.
MESSAGES: Mapping[str, str] = {
    "reply": N_("Our answer"),
    "milestone": N_("Word of how it stands"),
    "reminder": N_("A reminder"),
    "survey": N_("Our question how we did"),
    "news": N_("Word of what changed"),
}


def by_hand(about: str, say: Callable[..., str]) -> str:
    """Of a task's ``about``, "purpose:reason"."""
    purpose, _, reason = about.partition(":")
    what = say(MESSAGES[purpose]) if purpose in MESSAGES else purpose
    return f"{what}. {say(REASONS[reason][0])}" if reason in REASONS else what
