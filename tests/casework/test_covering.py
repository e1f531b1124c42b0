"""What is covered in a copy: the same as word by word, in the time of one pass over the text."""

from __future__ import annotations

import random
import re
import time

from hypothesis import example, given
from hypothesis import strategies as st

from casework.covering import COVER, covered, find

PIECES = st.sampled_from(
    ["Sam", "sam", "SAM", "Ann Lee", "Lee", "O’Neill", "x", "1", " ", ".", "-", "\n", "سلمى", "★", "é", "Sam-Lee"]
)
TEXT = st.lists(PIECES, max_size=14).map("".join)


def one_by_one(text: str, words: list[str]) -> str:
    """The longest first, each by a pattern of its own."""
    for one in sorted((word.strip() for word in words if word.strip()), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", COVER, text, flags=re.IGNORECASE)
    return text


@given(TEXT, st.lists(PIECES.filter(str.strip), max_size=1))
@example("Strauß said STRAUß", ["strauß"])
@example("I am ★ and ★★", ["★"])
@example("x.Sam Sam-Lee", ["Sam"])
def test_a_word_is_covered_wherever_it_stands_as_one(text: str, words: list[str]) -> None:
    assert covered(text, words) == one_by_one(text, words)


@given(TEXT, st.lists(PIECES.filter(lambda one: re.search(r"\w", one) is not None), max_size=4))
@example("Ann Lee and Lee", ["Lee", "Ann Lee"])
def test_of_many_words_none_is_left_to_be_read(text: str, words: list[str]) -> None:
    done = covered(text, words)
    assert not [one for one in words if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", done, re.IGNORECASE)]


def test_thousands_of_names_in_a_long_story_take_a_moment() -> None:
    """One pattern after the other took ten seconds for half of it, in which the whole server stood still."""
    draw = random.Random(7)
    names = ["".join(draw.choices("BCDFGHJ", k=1) + draw.choices("aeioulmnr", k=7)) for _ in range(8_000)]
    text = "\n".join("I saw " + " and ".join(names[at : at + 12]) for at in range(0, len(names), 12))
    begun = time.process_time()
    found = find([text])
    hidden = covered(text, [one.words for one in found])
    assert time.process_time() - begun < 2
    assert len(found) > 7_500 and not [one for one in names if one in hidden]
