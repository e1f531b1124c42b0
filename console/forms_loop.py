"""The forms of informal feedback's own loop: the practitioner's action and the closing contact."""

from __future__ import annotations

from collections.abc import Mapping

from console.form import Deed, Field
from console.words import N_

_NOTE = Field("note", N_("Note"), "area", optional=True)

LOOP: Mapping[str, Deed] = {
    "acted": Deed(
        N_("The practitioner has acted on it"),
        "next",
        (Field("what", N_("What was done"), "area"), _NOTE),
        dated=True,
        hint=N_("The person is told that something was done. What it was is told in the closing contact."),
    ),
    "loop_closed": Deed(
        N_("Closing contact: how it went for the person"),
        "next",
        (
            Field("who", N_("Who talked with them"), optional=True),
            Field("why", N_("Or why nobody did"), "area", optional=True),
            Field("listened", N_("Were they listened to"), "choice", "yes_no", True),
            Field("promised", N_("Was what we promised done"), "choice", "yes_no", True),
            Field("outcome", N_("Satisfied with the outcome"), "choice", "yes_no", True),
            Field("note", N_("In their words"), "area", optional=True),
        ),
        dated=True,
    ),
}
