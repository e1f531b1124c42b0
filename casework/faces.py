"""Who may be turned to, in words for whoever reads it: the complaints manager, an advocate, the inspectorate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from casework.letters import N_
from casework.offer import Face, names

TITLE = N_("People you can turn to")
#: What each is for, by the id that its face has in a profile.
FACES_TEXTS: Mapping[str, str] = {
    "manager": N_("Complaints manager: sees that complaints are answered properly"),
    "advocate": N_("Advocate: helps you say what you want, and is on your side"),
    "inspectorate": N_("Inspectorate: checks that children are well looked after"),
}


def role(face: Face, language: str, translate: Callable[[str, str], str]) -> tuple[str, str]:
    """(what somebody is for, the language that is in).

    The profile's own words for it in the reader's language come first, unless ours begin with just these and go on:
    "Advocate" becomes "Advocate: helps you …". A role that is none of ours and has no name in it is said in English.
    ``translate(language, msgid)`` gives the catalogue's text.
    """
    own = face.role.by_language.get(language, "")
    ours = translate(language, FACES_TEXTS[face.id]) if face.id in FACES_TEXTS else ""
    if own and not ours.startswith(f"{own}:"):
        return own, language
    if ours:
        return ours, language
    shipped = names(language).get(str(face.role), "")
    return (shipped, language) if shipped else (str(face.role), "en")
