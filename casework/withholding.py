"""What is left out of a copy of somebody's data: whole messages, answers and entries, each with its reason.

A worker decides; nothing is proposed. What has the same words as something that is left out goes with it: an answer
stands in the conversation as well. Of what is left out only that it is, and when it was, stays to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: Reason -> what the copy says of it (``casework.privacy.COPY``). Data Protection Act 2018:
#: "third"  data of somebody else: schedule 2, paragraphs 16 and 17
#: "harm"   it would be likely to do serious harm: schedule 3, parts 2 to 5 (health, social work, education, abuse)
#: "law"    crime, court proceedings, legal privilege and the like: schedule 2, paragraphs 2, 3, 5 and 19
REASONS: Mapping[str, str] = {"third": "left_out.other", "harm": "left_out.law", "law": "left_out.law"}
#: The parts of a record that have entries.
PARTS = ("answers", "talk", "happened", "agreed", "signs", "tasks", "marks")
#: What an entry says, in words of anybody; and what of it still stands when it is left out.
_SAID = ("answer", "text", "why", "details", "words")
_STAYS = ("entry", "at", "from", "question", "now")
#: Lines that are shorter (“Yes”, “Thank you”) are not looked for anywhere else; in characters.
SHORT = 12


def entries(records: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Every entry of these records; its id is its "entry"."""
    for record in records:
        for part in PARTS:
            yield from record[part]


def apart(records: Sequence[Mapping[str, Any]], withheld: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Entry -> reason of what is left out: what was decided (entry -> reason, words), and what says the same."""
    out = {one["entry"]: withheld[one["entry"]][0] for one in entries(records) if one["entry"] in withheld}
    lines = {line: out[one["entry"]] for one in entries(records) if one["entry"] in out for line in _lines(one)}
    for one in entries(records):
        if reason := next((lines[line] for line in _lines(one) if line in lines), ""):
            out.setdefault(one["entry"], reason)
    return out


def lost(records: Sequence[Mapping[str, Any]], withheld: Mapping[str, Sequence[str]]) -> list[str]:
    """What was decided about and stands there no more under that name: somebody has to look again."""
    return sorted(withheld.keys() - {one["entry"] for one in entries(records)})


def files(records: Sequence[Mapping[str, Any]], left: Mapping[str, str]) -> set[str]:
    """The files that came with what is left out (``apart``): they go with it."""
    return {file for one in entries(records) if one["entry"] in left for file in one.get("files", ())}


def without(records: Sequence[Mapping[str, Any]], left: Mapping[str, str]) -> list[dict[str, Any]]:
    """The same records; of what is left out (``apart``) stands when it was and "left_out", a text's name."""
    return [
        {**record, **{part: [_emptied(one, left.get(one["entry"], "")) for one in record[part]] for part in PARTS}}
        for record in records
    ]


def _emptied(entry: Mapping[str, Any], reason: str) -> Mapping[str, Any]:
    if not reason:
        return entry
    kept = {name: value if name in _STAYS else ([] if isinstance(value, list) else "") for name, value in entry.items()}
    return {**kept, "left_out": REASONS[reason]}


def _lines(entry: Mapping[str, Any]) -> Iterator[str]:
    for name in _SAID:
        value = entry.get(name) or ()
        for text in (value,) if isinstance(value, str) else value:
            for line in text.splitlines():
                said = " ".join(line.split()).casefold()
                if len(said) >= SHORT and " " in said:  # a code has none
                    yield said
    if "question" in entry:  # what was agreed to is an answer too
        yield "\n".join([entry["question"], *entry.get("chosen", ()), *entry["answer"]])
