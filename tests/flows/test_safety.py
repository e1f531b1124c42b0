"""Signs of danger: what must be found, what must not, why, and how fast. docs/safety.md reports the figures."""

import random
import statistics
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.danger import watch
from flows.safety import Watch, flatten

PHRASES = Path(__file__).parent / "danger"
WATCH = watch()
#: language -> least share of the dangers that must be found
RECALL = {"en": 0.95, "cy": 0.90, "ar": 0.90, "pl": 0.90}


def read(name):
    return tomllib.loads((PHRASES / f"{name}.toml").read_text("utf-8"))


def dangers(language, levels=("red", "amber")):
    return [text for at in levels for texts in read(language)[at].values() for text in texts]


def roundabout(language, kind):
    return [text for name in ("second", "third") for text in read(name).get(language, {kind: []})[kind]]


def level(text, language="en"):
    return WATCH.signs(text, language).level


@pytest.mark.parametrize("language", RECALL)
def test_dangers_are_found(language):
    for told in (dangers(language), roundabout(language, "sign")):
        missed = [text for text in told if not level(text, language)]
        assert len(missed) <= (1 - RECALL[language]) * len(told), missed


@pytest.mark.parametrize("language", RECALL)
def test_what_is_red_is_found_red(language):
    told = dangers(language, ("red",))
    missed = [text for text in told if level(text, language) != "red"]
    assert len(missed) <= 0.05 * len(told), missed


@pytest.mark.parametrize("language", RECALL)
def test_false_alarms_are_few(language):
    for harmless in (read(language)["near"]["all"], roundabout(language, "none")):
        raised = [text for text in harmless if level(text, language)]
        assert len(raised) <= 0.1 * len(harmless), raised


def test_the_persons_own_words_say_why():
    signs = WATCH.signs("My step-dad HITS me, and I'm scäred", "en")
    assert signs.level == "red" and signs.categories[0] == "physical_abuse"
    assert any("HITS me" in words for words in signs.matched)


def test_their_words_are_quoted_as_they_were_said():
    """A word that comes twice stays: without its second "not" this would say the opposite."""
    watch = Watch({"en": {"signs": {"neglect": {"red": ["not fed ... not know"]}}}})
    assert watch.signs("we are not fed and I do not know why").matched == ("not fed and I do not know",)


def test_nothing_is_nothing():
    assert WATCH.signs("", "en").categories == ()
    assert WATCH.signs("my worker is kind", "en").matched == ()


@pytest.mark.parametrize(
    "text",
    [
        "I want to k1ll myself",
        "i want to kiiiill my self",
        "I WANT TO KILL MYSELF!!!",
        "i want to kíll mysélf",
        "i w\u200bant to kill myself",
    ],
)
def test_spelling_does_not_hide_it(text):
    assert level(text) == "red"


@pytest.mark.parametrize("text", ["my dad strangeld me", "he thretened to kill us", "s u i c i d e"])
def test_one_slip_is_mended(text):
    assert level(text)


@pytest.mark.parametrize("text", ["dwi isio marw", "اريد ان اموت", "3ayez amot"])
def test_every_list_is_tried_whatever_the_language_of_the_talk(text):
    assert level(text, "en") == "red"


def test_a_denial_lowers_and_never_silences():
    assert level("he hit me") == "red"
    assert level("he never hit me") == "amber"
    assert level("im not going to kill myself") == "amber"
    assert level("I dont want to live") == "red"


def test_a_harmless_phrase_hides_only_itself():
    assert level("this homework is killing me") == ""
    assert level("this homework is killing me and my dad hits me") == "red"


def test_a_sign_at_the_end_of_a_very_long_text_is_found():
    assert level("the food is fine. " * 1000 + "he hits me") == "red"


def test_mutations_and_particles():
    lists = {
        "xx": {"begin": {"p": ["b"]}, "signs": {"a": {"red": ["poeth iawn"]}}},
        "yy": {"begin": {"": ["و"]}, "signs": {"b": {"red": ["سكين"]}}},
    }
    watch = Watch(lists)
    assert watch.signs("boeth iawn", "xx").level == "red"
    assert watch.signs("وسكين", "yy").level == "red"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(a", "not closed"),
        ("kill {whom}", "no list"),
        ("a", "two letters"),
        ("hit)", "too many"),
        ("kill & ..", "each side of an &"),
        ("kill ...!nobody", "no list"),
    ],
)
def test_a_pattern_that_is_not_well_formed_is_named(pattern, said):
    with pytest.raises(ValueError, match=said):
        Watch({"en": {"signs": {"suicide": {"red": [pattern]}}}})


def test_what_is_joined_stands_near_in_any_order():
    watch = Watch({"en": {"signs": {"neglect": {"amber": ["baby & alone & night"]}}}})
    assert watch.signs("at night they leave the baby all alone").level == "amber"
    assert watch.signs("alone with the baby every night").matched == ("alone with the baby every night",)
    assert not watch.signs("the baby is fine, " + "and so on " * 8 + "alone at night").level


def test_a_gap_may_exclude_words():
    lists = {"lists": {"mine": ["my", "me"]}, "harmless": ["film ...!mine"], "signs": {"violence": {"red": ["stab*"]}}}
    watch = Watch({"en": lists})
    assert not watch.signs("a film where someone is stabbed").level
    assert watch.signs("a film and then my dad stabbed him").level == "red"


def test_scripts_without_spaces_are_matched_by_their_characters():
    watch = Watch(
        {"zh": {"signs": {"suicide": {"red": ["想死", "(爸|妈) .. 打"]}}}, "th": {"signs": {"a": {"red": ["อยากตาย"]}}}}
    )
    assert watch.signs("我真的想死了").level == "red"
    assert watch.signs("爸爸每天打我").level == "red"
    assert watch.signs("ฉันอยากตาย").level == "red"
    assert not watch.signs("我喜欢学校").level


def test_indian_vowel_signs_keep_words_apart():
    watch = Watch({"hi": {"signs": {"suicide": {"red": ["मरना"]}}}})
    assert watch.signs("मैं मरना चाहता हूँ").level == "red"
    assert not watch.signs("मारना").level


def test_the_rule_says_what_found_it():
    signs = WATCH.signs("he hits me", "en")
    assert signs.rules and all(rule.startswith("en ") for rule in signs.rules)
    assert any(rule.endswith("{hitting} {victim}") for rule in signs.rules)


def test_weighed_words_only_add_and_only_amber():
    assert not WATCH.signs("thanks for the lovely trip to the farm", "en").level
    scale = {
        "en": {"signs": {}, "weigh": {"over": 60, "words": {"shed": 90, "the shed": 40, "party": -200, "down": 1}}}
    }
    signs = Watch(scale).signs("down down the shed", "en")
    assert (signs.level, signs.categories) == ("amber", ("may_be_danger",)) and "shed +90" in signs.rules[0]
    assert not Watch(scale).signs("party down the shed", "en").level
    assert not Watch(scale).signs("the shed", "en").level, "too short to be weighed"


def test_red_is_rare_among_ordinary_messages():
    """At most 15 in 100 of a realistic day may be red, or red means nothing; the dangers of that day are among them."""
    day = read("en_mix")
    every = [*day["ordinary"], *day["grave"]]
    assert len(every) >= 200
    assert sum(level(text) == "red" for text in every) <= 0.15 * len(every)
    assert sum(bool(level(text)) for text in day["ordinary"]) <= 0.1 * len(day["ordinary"])
    assert all(level(text) for text in day["grave"])


def test_what_another_hand_wrote_is_found():
    """These were used to mend the list; docs/safety.md has the figures for those that were not."""
    other = read("en_other_hand")
    assert sum(bool(level(text)) for text in other["sign"]) >= 0.95 * len(other["sign"])
    assert sum(bool(level(text)) for text in other["none"]) <= 0.1 * len(other["none"])


def test_a_level_that_is_none_is_named():
    with pytest.raises(ValueError, match="write red or amber"):
        Watch({"en": {"signs": {"suicide": {"purple": ["kill"]}}}})


@given(st.text(max_size=300))
def test_no_text_breaks_it(text):
    WATCH.signs(text, "en")


@given(st.text(alphabet="abcxyz إأى ŵé01!@'*😀", max_size=80))
def test_flattening_twice_changes_nothing(text):
    once = flatten(text)
    assert flatten(" ".join(once)) == once


def test_it_is_fast_enough():
    """Far above the goal (docs/safety.md has the measured figures): this only catches a list that spoils it.

    Counted is what this thread worked, not what the clock says: another process on the same cores is not the list's.
    """
    draw = random.Random(1)
    pool = [text for language in RECALL for text in roundabout(language, "none")]
    texts = [". ".join(draw.sample(pool, 12))[:300] for _ in range(100)]
    took = []
    for text in texts:
        began = time.thread_time()
        WATCH.signs(text, "en")
        took.append(time.thread_time() - began)
    assert statistics.median(took[50:]) < 0.005
