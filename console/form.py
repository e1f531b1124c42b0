"""What a form of a deed is: its fields, its group on the page, and who may send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.words import N_

#: Groups in the order of the page -> what each is called.
GROUPS: Mapping[str, str] = {
    "next": N_("Next in the procedure"),
    "talk": N_("Talking with the person"),
    "people": N_("Who works on it"),
    "answer": N_("Outcome and putting it right"),
    "time": N_("Time limits"),
    "else": N_("Somewhere else"),
    "about": N_("About the record"),
    "contact": N_("Contact and safety"),
    "end": N_("Ending it"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``kind``: "line", "area", "day", "money", "choice", "ticks", "yes", "staff", "record".

    source    where its choices come from: a list of the profile, or one of ``console.recordview.choices``
    optional  may be left empty
    """

    name: str
    label: str
    kind: str = "line"
    source: str = ""
    optional: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """A form. ``dated``: it may have happened on an earlier day, which is asked."""

    label: str
    group: str
    fields: tuple[Field, ...] = ()
    permission: str = "record.work"
    dated: bool = False
    hint: str = ""


#: Permissions that deeds need besides "record.work".
ASSIGN, ROUTE, DECIDE = "record.assign", "record.route", "record.decide"


def why(label: str = N_("Why"), source: str = "", optional: bool = False, hint: str = "") -> Field:
    """A reason: in words, or one of a list of the profile (``source``)."""
    return Field("why", label, "choice" if source else "area", source, optional, hint)


NOTE = Field("note", N_("Note"), "area", optional=True)
