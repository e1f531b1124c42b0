"""How much the checks of pages have to do at least: one that did next to nothing would find nothing either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Of the hostile strings: how many there are and were typed; forms they were sent by, and that took them; of how many
#: kinds pages and files were looked at; how many were seen again as text on pages of the console, in the chat and in
#: files, where no words of people stand. Somewhat less than a run did: 40,681 values by 113 forms, 386 strings of 386
#: that are long enough to be told apart, 8 in files.
HOSTILE = {
    "strings": 470,
    "values": 10_000,
    "forms": 100,
    "taken": 90,
    "pages": 600,
    "kinds": 70,
    "files": 30,
    "on pages": 370,
    "in the chat": 370,
    "in files": 5,
}
#: Of wapiti: kinds of pages of the console that it was shown, those of a record among them, and pages of the public. In
#: a minute each: 43 and 4.
WAPITI = {"behind sign-in": 40, "before sign-in": 4}


def short(done: Mapping[str, int], least: Mapping[str, int]) -> list[str]:
    """What was done less of than it has to be, in words; done without being asked for is no harm."""
    return [
        f"too little was done: {name}: {done.get(name, 0)}, at least {wanted}"
        for name, wanted in least.items()
        if done.get(name, 0) < wanted
    ]


def kinds(paths: Iterable[str], known: Iterable[str]) -> set[str]:
    """Which of the kinds of pages that are ``known``, like "/record/{reference}", these paths of the console are."""
    first = sorted(known, key=lambda one: (one.count("{"), one))  # "/learning/new" is no "/learning/{learning}"
    wanted = [(one, re.compile("/staff" + re.sub(r"\{\w+\}", "[^/]+", one) + "/?")) for one in first]
    found = {next((one for one, fits in wanted if fits.fullmatch(path)), "") for path in paths}
    return found - {""}
