"""What is left out of a copy: the entry that was chosen, what says the same, and nothing that only looks like it."""

from __future__ import annotations

from typing import Any

from casework import withholding
from casework.privacy import COPY

RECORD: dict[str, Any] = {part: [] for part in withholding.PARTS} | {
    "reference": "HB-1",
    "answers": [
        {"entry": "a1", "question": "What?", "chosen": [], "answer": ["She  hit my\nSister in town."], "files": ["f1"]},
        {"entry": "a2", "question": "Where to?", "chosen": ["By text"], "answer": [], "files": []},
    ],
    "talk": [
        {"entry": "t1", "at": "1", "from": "person", "chosen": [], "text": ["sister in TOWN."], "files": ["f2"]},
        {"entry": "t2", "at": "2", "from": "person", "chosen": [], "text": ["Yes"], "files": []},
        {"entry": "t3", "at": "3", "from": "us", "chosen": [], "text": ["Thank you."], "files": ["f3"]},
    ],
    "happened": [{"entry": "h1", "at": "4", "what": "Closed", "who": "Jo", "why": "resolved_locally", "details": []}],
    "agreed": [{"entry": "g1", "at": "5", "question": "Where to?", "answer": ["By text"], "now": True}],
    "marks": [{"entry": "m1", "at": "6", "what": "hold", "why": "resolved_locally"}],
}  # fmt: skip


def left(**withheld: str) -> dict[str, str]:
    return withholding.apart([RECORD], {entry: (reason, "words") for entry, reason in withheld.items()})


def test_what_has_the_same_words_goes_too() -> None:
    assert left(a1="third") == {"a1": "third", "t1": "third"}, "in any case, whatever the spaces and the lines"
    assert left(t1="harm") == {"t1": "harm", "a1": "harm"}
    assert left(a2="law") == {"a2": "law", "g1": "law"}, "what was agreed to is an answer"
    assert left(t2="harm", h1="law") == {"t2": "harm", "h1": "law"}, "short words and codes stand everywhere"
    assert left() == {} and left(nothing="harm") == {}


def test_of_what_is_left_out_stands_only_that_and_when() -> None:
    apart = left(a1="third", h1="law")
    assert withholding.files([RECORD], apart) == {"f1", "f2"}
    (record,) = withholding.without([RECORD], apart)
    assert "own" not in str(record["answers"][0]["answer"]) and record["answers"][1] == RECORD["answers"][1]
    assert record["happened"] == [
        {"entry": "h1", "at": "4", "what": "", "who": "", "why": "", "details": [], "left_out": "left_out.law"}
    ]
    assert record["talk"][0] | {"left_out": ""} == RECORD["talk"][0] | {"text": [], "files": [], "left_out": ""}
    assert RECORD["happened"][0]["who"] == "Jo", "what was gathered is as it was"
    assert withholding.lost([RECORD], {"a1": ("harm", "x"), "gone": ("harm", "x")}) == ["gone"]


def test_every_reason_has_its_words() -> None:
    assert set(withholding.REASONS.values()) <= COPY.keys()
