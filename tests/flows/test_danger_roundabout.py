"""Signs told in roundabout ways, in Welsh and Arabic: what the lists have learnt to find stays found."""

import tomllib
from pathlib import Path

import pytest

from bot.danger import watch
from flows.safety import Watch

PHRASES = Path(__file__).parent / "danger"
WATCH = watch()
#: Least share of the signs found, and greatest share of harmless feedback flagged, in each set.
RECALL, FALSE_ALARMS = 0.90, 0.10
SETS = [
    (language, name, one)
    for language in ("cy", "ar")
    for name, one in tomllib.loads((PHRASES / f"{language}_roundabout.toml").read_text("utf-8")).items()
]


@pytest.mark.parametrize(("language", "name", "one"), SETS, ids=[f"{language}-{name}" for language, name, _ in SETS])
def test_roundabout_signs_are_found_and_feedback_is_left_alone(language, name, one):
    told = [text for texts in one["sign"].values() for text in texts]
    missed = [text for text in told if not WATCH.signs(text, language).level]
    assert len(missed) <= (1 - RECALL) * len(told), missed
    raised = [text for text in one["none"] if WATCH.signs(text, language).level]
    assert len(raised) <= FALSE_ALARMS * len(one["none"]), raised


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ma'r gwaith yn lladd fi ond dwi isio lladd fy hun", "cy"),
        ("nath hi ddeud am ladd fy hun", "cy"),
        ("dwi ar y bws a dwi isio marw", "cy"),
        ("mae o'n curo fi bob dydd ar y soffa", "cy"),
        ("ميت من البرد وابوي يضربني", "ar"),
        ("شفنا فيلم وبعدين ضربني بالحزام", "ar"),
    ],
)
def test_harmless_words_nearby_do_not_hide_a_sign(text, language):
    assert WATCH.signs(text, language).level == "red"


def test_a_harmless_phrase_of_another_language_hides_no_sign_but_within_itself():
    lists = {
        "one": {"harmless": ["karate .. kick", "county lines in class"], "signs": {}},
        "two": {"signs": {"violence": {"red": ["kick fi", "county lines"]}}},
    }
    watch = Watch(lists)
    assert watch.signs("karate a kick fi").level == "red"
    assert not watch.signs("county lines in class").level


@pytest.mark.parametrize(
    "text", ["I have been waiting for the outcome of stage one", "no one can stop us we are top of the league",
             "i cant find my bag"],
)  # fmt: skip
def test_welsh_patterns_leave_english_alone(text):
    assert not WATCH.signs(text, "en").level


def test_english_od_leaves_welsh_odd_alone():
    assert not WATCH.signs("odd o'n swnio'n ddiamynedd ar y ffon", "cy").level
    assert WATCH.signs("im gonna od on my tablets", "en").level == "red"


@pytest.mark.parametrize(
    ("language", "one", "other"), [("cy", "gwyneb", "ngwyneb"), ("cy", "cartref", "gartref"), ("ar", "المشرفه", "مشرف")]
)
def test_changed_words_are_weighed_alike(language, one, other):
    stem = WATCH.stems[language].of
    assert stem(one) == stem(other)
