"""Languages, their words, dates as shown, symbols and isolation."""

from datetime import date

import pytest

import locales
from flows.lexicon import lexicon
from flows.reading import fold
from locales.catalogue import SOURCE

DAY = date(2026, 11, 22)


def folded(code):
    words = locales.words(code)
    return lexicon(words.anytime, words.yes, words.no, words.done, words.unsure)


@pytest.mark.parametrize("code", locales.LANGUAGES)
def test_every_language_has_words_for_every_command(code):
    assert set(locales.words(code).anytime) == set(locales.words(SOURCE).anytime)
    assert all(locales.words(code).anytime.values())


def test_the_commands_are_the_ones_the_engine_knows():
    from flows.anytime import COMMANDS

    assert set(locales.words(SOURCE).anytime) == set(COMMANDS)


@pytest.mark.parametrize("code", locales.LANGUAGES)
def test_no_word_means_two_things(code):
    own = folded(code)  # two commands sharing a phrase raise here
    meanings = [set(own.anytime), own.yes, own.no, own.done, own.unsure]
    for number, one in enumerate(meanings):
        assert "" not in one
        for other in meanings[number + 1 :]:
            assert not one & other


def test_a_polish_no_is_asked_about():
    """ "No" is a Polish "yeah" and an English "no"; neither is a safe guess after "Are you safe?"."""
    own = folded("pl")
    assert fold("no") not in own.yes | own.no
    assert fold("no tak") in own.yes and fold("no nie") in own.no


@pytest.mark.parametrize("code", locales.LANGUAGES)
def test_english_commands_work_in_every_language(code):
    anytime = folded(code).anytime
    for command in locales.words(SOURCE).anytime:
        assert anytime[fold(command.upper())] == command


@pytest.mark.parametrize(
    ("code", "typed", "command"),
    [
        ("cy", "Yn ôl!", "back"),
        ("cy", "HEPGOR", "skip"),
        ("pl", "Pomoc!", "help"),
        ("pl", "pozniej", "later"),
        ("pl", "USUŃ", "delete"),
        ("pl", "latwo", "easy"),
        ("ar", "مُساعدة", "help"),
        ("ar", "sa3dni", "help"),
        ("ar", "رجوع", "back"),
    ],
)
def test_what_people_type(code, typed, command):
    assert folded(code).anytime[fold(typed)] == command


def test_two_commands_may_not_share_a_phrase():
    with pytest.raises(ValueError, match="leave it in one of them"):
        lexicon({"help": ["Aid"], "stop": ["aid!"]}, [], [], [], [])


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("en", "Sunday 22 November 2026"),
        ("cy", "dydd Sul 22 Tachwedd 2026"),
        ("ar", "الأحد 22 نوفمبر 2026"),
        ("pl", "22 listopada 2026 (niedziela)"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(code, shown):
    assert locales.show_date(DAY, code) == shown


def test_right_to_left_texts_isolate_what_is_filled_in():
    assert locales.fill("رقم {receipt} {later}", {"receipt": "1234 5678"}, "ar") == "رقم \u20681234 5678\u2069 {later}"
    assert locales.isolate(locales.isolate("x", "ar"), "ar") == "\u2068x\u2069"


def test_a_speaker_says_a_text_of_a_catalogue_with_its_places_filled():
    text = "A person will contact you, {hours}."
    translated = locales.translator("ar")("", text)
    assert translated != text and locales.speaker("ar")(text) == translated
    assert locales.speaker("ar")(text, hours=9) == translated.replace("{hours}", "\u20689\u2069")
    assert locales.speaker("en")(text, hours=9) == "A person will contact you, 9."
    assert locales.speaker("cy", "console")("Sign out") == "Allgofnodi"


def test_english_stays_in_the_gsm_alphabet_when_filled():
    from locales.sms import size

    assert size(locales.fill("Your number is {receipt}.", {"receipt": "1234 5678"}, "en")).alphabet == "gsm7"


def test_an_unknown_language_is_english():
    assert locales.language("tlh").code == SOURCE
    assert locales.translator("tlh")("", "Yes") == "Yes"


def test_a_missing_wording_falls_back_to_plain_then_to_english():
    translate = locales.Translator("cy", {("", "Hello"): "Helo"}, {("child", "Hi"): "Haia"})
    assert translate("child", "Hi", "Hello") == "Haia"
    assert translate("easy", "Hi there", "Hello") == "Helo"
    assert translate("easy", "Hi there") == "Hi there"


def test_a_language_may_speak_to_a_child_where_english_speaks_to_everybody():
    polite = {("", "Thank you"): "Dziękujemy Państwu", ("familiar", "Thank you"): "Dziękujemy ci", ("", "Yes"): "Tak"}
    says = locales.Translator("pl", polite)
    assert says(locales.reader("", "child"), "Thank you") == "Dziękujemy ci"
    assert says(locales.reader("", ""), "Thank you") == "Dziękujemy Państwu"
    assert says(locales.reader("", "young"), "Yes") == "Tak"
    assert locales.reader("easy", "child") == "easy"


def test_symbols_are_one_sign_each_and_those_the_flows_name_are_there():
    assert len(locales.symbols()) >= 70
    assert all(len(sign.replace("\ufe0f", "")) == 1 for sign in locales.symbols().values())
    assert locales.emoji("nothing of the kind") == ""
    from flows import aside
    from flows.scripts import common
    from flows.steps import options_of

    steps = [
        step
        for module in (common, aside)
        for step in vars(module).values()
        if hasattr(step, "label") and hasattr(step, "id")
    ]
    named = {option.symbol for step in steps for option in options_of(step) if option.symbol}
    assert named and named <= locales.symbols().keys()


def test_a_wrong_entry_says_what_may_be_written():
    with pytest.raises(ValueError, match="write ltr or rtl"):
        locales.Language("xx", "X", "X", "Latn", "up", "d", "en", "gsm7", "written", False)
