"""Which language a text is in."""

import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import locales
from bot.cli.identify import read
from locales import KNOWN, LANGUAGES, offered
from locales import identify as module
from locales.identify import identify, nearest, spoken
from locales.identify_model import SHARED, samples
from locales.tools import ROOT
from tests.locales.identify_figures import CHECK, lines, measured, strangers, table


@pytest.fixture(scope="module")
def all_languages_offered():
    patch = pytest.MonkeyPatch()
    patch.setattr(module, "offered", lambda: tuple(KNOWN.values()))
    yield
    patch.undo()


# Figures: what quality the identifier has to keep -------------------------------------------------


@pytest.fixture(scope="module")
def figures():
    return [measured(code) for code in KNOWN]


def test_every_language_has_its_messages_to_learn_from_and_to_be_checked_with(figures):
    assert len(KNOWN) == 39
    for one in figures:
        assert one.messages >= 60, one
        texts = [text for label in (one.code, f"{one.code}~") if label in samples() for text in samples()[label].texts]
        assert len(texts) >= 60, one.code
        assert not set(texts) & set(lines(CHECK / f"{one.code}.txt"))


def test_it_is_right_or_asks_and_seldom_asks(figures):
    messages = sum(one.messages for one in figures)
    assert sum(one.wrong for one in figures) <= 0.01 * messages
    assert sum(one.asked for one in figures) <= 0.10 * messages


def test_no_language_fares_much_worse_than_the_others(figures):
    for one in figures:
        assert one.wrong <= 0.02 * one.messages, one
        assert one.asked <= (0.40 if one.code in ("fa", "fa_AF") else 0.20) * one.messages, one


def test_languages_we_do_not_have_are_seldom_taken_for_ours():
    count, taken = strangers()
    assert taken <= 0.10 * count


def test_the_documented_figures_are_these():
    said = (ROOT / "docs" / "languages.md").read_text("utf-8")
    assert "\n".join(table()) in said, "python -m tests.locales.identify_figures prints the table for docs/languages.md"


# Single texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my social worker never rings me back", "en"),
        ("i got moved 3 times and nobody asked me", "en"),
        ("wagwan fam my worker is a wasteman ngl", "en"),
        ("Mae fy ngweithiwr cymdeithasol byth yn ffonio fi", "cy"),
        ("dwi isio siarad efo rhywun am yr ysgol", "cy"),
        ("Moja pracownica socjalna nigdy nie oddzwania", "pl"),
        ("chce pogadac z kims o szkole bo mam dosc", "pl"),
        ("Asistenta mea sociala nu ma suna niciodata", "ro"),
        ("العاملة الاجتماعية لا ترد على اتصالاتي", "ar"),
        ("ana msh 3aref a3mel eh", "ar"),
        ("میری سوشل ورکر فون کا جواب نہیں دیتی", "ur"),
        ("زما ټولنیزه کارکوونکې ځواب نه راکوي", "ps"),
        ("کارمەندەکە وەڵامم ناداتەوە", "ckb"),
        ("我的社工从来不给我回电话", "zh_Hans"),
        ("點解社工成日唔覆我電話", "zh_Hant"),
        ("ማህበራዊ ሰራተኛዬ አትደውልም ለምን", "am"),
        ("ሰራሕተኛይ ኣይትድውለለይን እያ", "ti"),
        ("γιατί", "el"),
        ("مرحبا", "ar"),
        ("дякую", "uk"),
        ("Cymraeg", "cy"),
        ("po polsku", "pl"),
        ("arabic", "ar"),
        ("kurmancî", "ku"),
    ],
)
def test_a_clear_text_is_known(text, language):
    assert identify(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "hi", "", "ok thanks", "ok", "no", "hello", "Sarah", "Mohammed Ahmed", "12345", "07700 900123", "😀😀",
        "\ud800", "social worker phone please", "Мария", "你好", "سلام",
    ],
)  # fmt: skip
def test_a_short_or_strange_text_is_asked_about(text):
    assert identify(text).language is None


def test_a_short_text_still_says_what_to_offer_first():
    assert identify("hi there").candidates[0] == "en"
    assert set(identify("سلام").candidates) >= {"ar", "fa", "ur"}
    assert identify("你好").candidates == ("zh_Hans", "zh_Hant")


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("mujhe madad chahiye aap se", {"hi", "ur"}),
        ("به کمک نیاز داریم", {"fa", "fa_AF"}),
    ],
)
def test_two_that_look_alike_are_both_offered(text, either):
    guess = identify(text)
    assert guess.language is None and set(guess.candidates[:2]) == either


def test_a_mixed_text_is_its_main_language_or_asked_about():
    assert identify("moja social worker nigdy nie odpisuje na emails").language == "pl"
    assert identify("میری social worker مجھے phone نہیں کرتی").language == "ur"
    assert identify("my worker is nice ale jedzenie jest okropne tutaj").language in (None, "pl", "en")


@given(st.text(max_size=200))
@example("A:\u1dc0")
def test_no_text_breaks_it(text):
    identify(text)


def test_a_talk_goes_on_only_in_a_language_that_is_offered(monkeypatch):
    text = lines(CHECK / "sw.txt")[0]
    assert identify(text).language == spoken(text) == "sw"
    monkeypatch.setattr(module, "offered", lambda: tuple(entry for code, entry in KNOWN.items() if code != "sw"))
    assert identify(text).language == "sw"
    assert spoken(text) == ""
    assert spoken("my social worker never rings me back") == "en"
    assert spoken("ok") == ""


def test_a_language_without_words_changes_nothing_for_anybody():
    assert {entry.code for entry in offered()} <= set(LANGUAGES) <= set(KNOWN)
    assert {code for codes in SHARED.values() for code in codes} <= set(KNOWN)


def test_the_command_writes_one_object_a_line():
    sink = io.BytesIO()
    read(True, io.BytesIO("my social worker never rings me back\r\nok\n\xff\n".encode("latin-1")), sink)
    said = [json.loads(line) for line in sink.getvalue().decode().splitlines()]
    assert [one["language"] for one in said] == ["en", None, None]
    assert said[0] == {
        "text": "my social worker never rings me back", "language": "en", "candidates": ["en"], "why": "words",
    }  # fmt: skip
    sink = io.BytesIO()
    read(False, io.BytesIO(b"mera bhai\nok tak\n"), sink)
    assert sink.getvalue().decode().startswith("ask (short): ")


# The browser's wish -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("cy-GB,en;q=0.5", "cy"),
        ("", "en"),
        ("xx;q=z", "en"),
        ("ar_EG", "ar"),
        ("en;q=0.2, cy;q=0.9", "cy"),
        ("cy;q=0", "en"),
        (";;;,,", "en"),
        ("xx,ar;q=0.3", "ar"),
        ("zh-TW,zh;q=0.8", "zh_Hant"),
        ("zh-Hant-HK", "zh_Hant"),
        ("zh", "zh_Hans"),
        ("fa-AF", "fa_AF"),
        ("fa-IR", "fa"),
        ("pt-BR", "pt"),
    ],
)
def test_the_browsers_wish(all_languages_offered, header, language):
    assert nearest(header) == language


def test_a_wish_for_what_is_not_offered_is_english(monkeypatch):
    monkeypatch.setattr(module, "offered", lambda: (KNOWN["en"], KNOWN["cy"]))
    assert nearest("sw,cy;q=0.3") == "cy"
    assert nearest("sw") == "en"


@pytest.mark.parametrize(
    ("wished", "meant"),
    [
        ("pt-BR", "pt"), ("zh-TW", "zh_Hant"), ("zh-HK", "zh_Hant"), ("zh", "zh_Hans"), ("zh-CN", "zh_Hans"),
        ("zh-hans", "zh_Hans"), ("fa", "fa"), ("fa-AF", "fa_AF"), ("prs", "fa_AF"), ("kmr", "ku"), ("ckb-IQ", "ckb"),
        ("CY", "cy"), ("xx", ""), ("ja", ""), ("banana", ""), ("", ""), ("-", ""), ("en_US", "en"),
    ],
)  # fmt: skip
def test_a_language_tag_means_one_of_ours_or_none(wished, meant):
    assert locales.meant([wished], list(KNOWN)) == meant
    assert locales.meant(["xx", wished, "cy"], list(KNOWN)) == (meant or "cy")
