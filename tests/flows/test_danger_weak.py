"""Weak patterns and the compiled form of the lists: what they may do and what they may never do."""

import json

import pytest

import locales
from bot import danger
from flows.rules import Rules, pack
from flows.safety import Watch
from tools.examples import ours

LISTS = {
    "en": {
        "signs": {
            "neglect": {"weak": ["grumpy mood", "(no|not) .. tea"], "red": ["hit me"]},
            "violence": {"amber": ["a fight"]},
        },
        "harmless": ["grumpy mood board"],
        "denial": {"not": ["never"], "between": ["was"]},
        "weigh": {
            "over": 42,
            "words": {"night": 60, "party": -200, "he": 0, "always": 45, "no tea": 20},
            "weak": {"": 50, "grumpy mood": 30},
        },
    }
}
WATCH = Watch(LISTS)


def level(text, language="en"):
    return WATCH.signs(text, language).level


def test_a_weak_pattern_decides_nothing_alone_but_with_the_words_of_the_text():
    assert not level("he is in a grumpy mood")
    signs = WATCH.signs("he is in a grumpy mood every night", "en")
    assert (signs.level, signs.categories, signs.matched) == ("amber", ("neglect",), ("grumpy mood",))
    assert signs.rules == ("en neglect weak: grumpy mood [49 over 42: night +60]",)


def test_words_of_an_ordinary_day_weigh_against_it():
    assert not level("a grumpy mood every night before the party")


def test_weak_patterns_weigh_together():
    assert level("he is in a grumpy mood and there is no tea") == "amber"


def test_what_we_write_on_a_button_is_an_answer_however_much_it_weighs() -> None:
    """As a whole text only: with anything beside it, it is somebody's own words."""
    words = {"always": 45, "night": 60, "he": 1, "is": 1, "away": 1}
    watch = Watch(
        {"en": {"signs": {}, "weigh": {"over": 30, "words": words, "answers": ["he is always away at night"]}}}
    )
    assert not watch.signs("He is always away at night!", "en").level
    assert watch.signs("he is always away at night and", "en").level == "amber"


def test_the_same_words_weigh_less_in_a_longer_text() -> None:
    """The sum over the root of the number of words: ordinary ones around a sign thin it out slowly."""
    assert level("always a grumpy mood every night") == "amber"
    assert level("always a grumpy mood every night" + " he" * 8) == "amber"
    assert not level("always a grumpy mood every night" + " he" * 14)


@pytest.mark.parametrize(("text", "said"), [("he hit me at the party", "red"), ("a fight at the party", "amber")])
def test_nothing_outweighs_a_red_or_amber_pattern(text, said):
    assert level(text) == said


def test_beside_a_sign_it_is_recorded_too():
    signs = WATCH.signs("a fight at the party, he is in a grumpy mood", "en")
    assert signs.level == "amber" and set(signs.categories) == {"violence", "neglect"}


def test_a_harmless_phrase_hides_it_and_a_denial_leaves_it_weak():
    assert not level("a grumpy mood board every night always")
    assert not level("never was grumpy mood at a party")
    assert level("never was grumpy mood at night") == "amber"


def test_a_list_that_nobody_has_weighed_decides_by_its_weak_patterns():
    assert Watch({"xx": {"signs": {"neglect": {"weak": ["sad face"]}}}}).signs("a sad face", "xx").level == "amber"


def test_a_compiled_list_is_plain_text_and_numbers_and_reads_the_same():
    again = Watch({"en": Rules(json.loads(json.dumps(pack("en", LISTS["en"]))))})
    for text in ("he hit me", "a grumpy mood every night", "the party", "never hit me", "grumpy mood board night"):
        assert again.signs(text, "en") == WATCH.signs(text, "en")


def test_a_slip_is_mended_by_the_lists_of_the_talk_and_of_english_only():
    lists = {
        "en": {"signs": {"violence": {"red": ["stabbing"]}}},
        "pl": {"signs": {"violence": {"red": ["nozownik"]}}},
        "cy": {"signs": {"violence": {"red": ["cyllell"]}}},
    }
    watch = Watch(lists)
    assert watch.signs("stabing", "pl").level == watch.signs("stsbbing", "pl").level == "red"
    assert watch.signs("nozpwnik", "pl").level == "red"
    assert not watch.signs("nozpwnik", "cy").level
    assert watch.signs("nozownik", "cy").level == "red"


def test_a_word_of_the_talk_begins_no_sign_of_another_language() -> None:
    watch = Watch({
        "en": {"real": ["more", "please"]},
        "cy": {"real": ["mwy"]},
        "ro": {"signs": {"suicide": {"red": ["more", "nu mai vreau"]}}},
    })  # fmt: skip
    assert not watch.signs("more chips please", "en").level
    assert not watch.signs("mwy more", "cy").level, "English is mixed into every language"
    assert watch.signs("more", "ro").level == watch.signs("more", "").level == "red"
    assert watch.signs("please, nu mai vreau", "en").level == "red", "another language's own words are looked for"


def test_the_ordinary_words_of_a_language_are_known_however_short_they_are() -> None:
    rules = danger.rules(None)["cy"]
    assert all(rules.knows(word) for word in ("dar", "ar", "mae"))


def test_few_english_words_are_weighed_where_nobody_knows_the_language() -> None:
    watch = Watch({
        "en": {"signs": {}, "weigh": {"words": {"dad": 90, "bad": 90, "ma": 90, "home": 90}, "over": 100}},
        "so": {"signs": {}, "weigh": {"words": {"warqad": -90}, "over": 100}},
    })  # fmt: skip
    for language, level in (("en", "amber"), ("", "amber"), ("xx", "amber"), ("so", "")):
        assert watch.signs("ma dad bad home", language).level == level, language
    assert watch.signs("ma dad bad home ma dad", "so").level == "amber", "English is mixed into every language"


def test_spellings_of_one_language_hide_no_word_of_another():
    lists = {
        "en": {"same": {"since": ["sinc"]}, "signs": {"violence": {"red": ["since .. knife"]}}},
        "pl": {"same": {"sinc": ["since"]}, "signs": {"neglect": {"red": ["sinc"]}}},
    }
    watch = Watch(lists)
    assert watch.signs("sinc", "en").categories == ("neglect",)
    for language in ("pl", ""):
        assert watch.signs("since the knife", language).categories == ("violence", "neglect")


@pytest.mark.parametrize(
    "text", ["dwin gorfod bod ar fy mhen fy hun bob nos dwin wyth oed", "rhaid i fi fod ar fy mhen fy hun bob nos"]
)
def test_the_words_of_a_picture_hide_no_child_who_is_left_alone(text: str) -> None:
    """Being alone is a picture of the board too; said of every night it is a sign."""
    assert danger.watch().signs(text, "cy").level == "amber"


@pytest.mark.parametrize("language", list(locales.danger_lists()))
def test_what_we_offer_to_answer_raises_nothing(language):
    """Nobody is told that they may be in danger for choosing "12 to 15" or saying that they do not know."""
    watch = danger.watch()
    found = {text: watch.signs(text, language) for text in ours(language)}
    assert not {text: sign.rules for text, sign in found.items() if "may_be_danger" in sign.categories}
