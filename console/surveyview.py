"""What a person answered to "How did we do?": one line a question with its face, in the words of whoever reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import locales
from console.codes import FIELDS, Codes
from console.words import N_

#: The questions in their order, by their permanent step ids; the last two are what they want to do next and why.
STEPS = (
    *("survey_understood", "survey_listened", "survey_promised", "survey_process", "survey_outcome", "survey_words"),
    *("way_on", "way_why"),
)
#: Answer -> what it is called, and the symbol of it in ``locales/symbols.toml``.
ANSWERS: Mapping[str, tuple[str, str]] = {
    "yes": (N_("Yes"), "yes"),
    "partly": (N_("Partly"), "so_so"),
    "not_yet": (N_("Not yet"), "later"),
    "no": (N_("No"), "no"),
    "very_good": (N_("Very good"), "face5"),
    "good": (N_("Good"), "face4"),
    "so_so": (N_("So-so"), "face3"),
    "bad": (N_("Bad"), "face2"),
    "very_bad": (N_("Very bad"), "face1"),
    "next": (N_("The next step"), "go"),
    "complaint": (N_("To make it a complaint"), "sad"),
    "mediation": (N_("Mediation"), "together"),
    "advocate": (N_("An advocate"), "help"),
    "ombudsman": (N_("The ombudsman"), "search"),
    "person": (N_("To talk to a person"), "phone"),
    "nothing": (N_("Nothing more"), "done"),
}
#: Answers of somebody who is not happy, by question.
UNHAPPY = {
    **dict.fromkeys(("survey_understood", "survey_listened", "survey_promised"), ("no",)),
    **dict.fromkeys(("survey_process", "survey_outcome"), ("bad", "very_bad")),
}


def survey(entries: Sequence[Mapping[str, Any]], codes: Codes) -> list[dict[str, Any]]:
    """The questions that were answered: the last answer of each, those before it, and their own words.

    Keys: name, face (an emoji), answer, skipped, words, at (ISO), before (answers that were changed), bad.
    """
    out = []
    for step in STEPS:
        said = [one for one in entries if one["step"] == step]
        if not said:
            continue
        last, words = said[-1], [word for one in said for word in one.get("words", ())]
        value = next(iter(last.get("values", ())), "")
        word, symbol = ANSWERS.get(value, ("", ""))
        earlier = [_answer(one, codes) for one in said[:-1] if not one.get("words")]
        out.append(
            {
                "name": codes.of(FIELDS, step),
                "face": locales.emoji(symbol) if symbol else "",
                "answer": codes.say(word) if word else codes.item("request_reasons", value) if value else "",
                "skipped": bool(last.get("skipped")) and not words,
                "words": words,
                "at": last.get("added_at"),
                "before": [one for one in earlier if one],
                "bad": value in UNHAPPY.get(step, ()),
            }
        )
    return out


def _answer(entry: Mapping[str, Any], codes: Codes) -> str:
    value = next(iter(entry.get("values", ())), "")
    return codes.say(ANSWERS[value][0]) if value in ANSWERS else ""
