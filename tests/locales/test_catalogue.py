"""The pipeline of the catalogues."""

import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from locales import LANGUAGES, catalogue, tools


def problems(msgid, string, code="cy"):
    return " / ".join(tools.text_problems(msgid, string, LANGUAGES[code]))


def test_texts_are_found_with_their_contexts():
    found = {catalogue.key(message) for message in catalogue.entries(tools.extract())}
    assert ("", "Yes") in found
    assert any(context == "child" for context, _ in found)
    assert any(context == "easy" for context, _ in found)


def test_extraction_is_the_same_twice():
    one, two = io.BytesIO(), io.BytesIO()
    write_po(one, tools.extract(), sort_output=True)
    write_po(two, tools.extract(), sort_output=True)
    assert one.getvalue() == two.getvalue()
    assert b"2026-01-01" in one.getvalue()


def test_english_texts_can_be_sent_as_a_text_message():
    assert list(tools.source_problems()) == []


@pytest.mark.parametrize(
    ("msgid", "string", "code", "said"),
    [
        ("Call {emergency} now", "Ffoniwch nawr", "cy", "places differ"),
        ("Call {emergency} now", "Ffoniwch {emergency nawr", "cy", "places differ"),
        ("Call {emergency} now", "Ffoniwch {emergency} nawr ", "cy", "space at the beginning or end"),
        ("Would you like one?", "Would you like one?", "cy", "still English"),
        (
            "Our team reads this and will answer you soon",
            "Our team yn reads this and will ateb soon",
            "cy",
            "mostly English",
        ),
        ("Our team reads this", "فريقنا reads هذا", "ar", "Latin letters are left over: reads"),
        ("ŵ", "w\u0302", "cy", "NFC"),
    ],
)
def test_a_bad_translation_is_named(msgid, string, code, said):
    assert said in problems(msgid, string, code)


@pytest.mark.parametrize(
    ("msgid", "string", "code"),
    [
        ("Call {emergency}. Send HELP at any time.", "Ffoniwch {emergency}. Anfonwch HELP unrhyw bryd.", "cy"),
        ("Call {emergency}. Send HELP at any time.", "اتصل بـ {emergency}. أرسل HELP في أي وقت.", "ar"),
        ("Yes", "Ie", "cy"),
    ],
)
def test_a_good_one_is_not(msgid, string, code):
    assert problems(msgid, string, code) == ""


def test_fuzzy_and_missing_ones_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    monkeypatch.setattr(catalogue, "TEMPLATE", tmp_path / "messages.pot")
    template, welsh = Catalog(), Catalog(locale="cy")
    for msgid in ("Yes", "No", "Perhaps"):
        template.add(msgid)
    welsh.add("Yes", "Ie")
    welsh.add("No", "Na", flags=("fuzzy",))
    tools.save(template, tmp_path / "messages.pot")
    tools.save(welsh, tmp_path / "cy" / "messages.po")
    catalogue.texts.cache_clear()
    catalogue.wanted.cache_clear()
    catalogue.complete.cache_clear()
    try:
        assert catalogue.texts("cy", catalogue.MESSAGES) == {("", "Yes"): "Ie"}
        assert not catalogue.complete("cy")
        assert catalogue.complete("en")
    finally:
        catalogue.texts.cache_clear()
        catalogue.wanted.cache_clear()
        catalogue.complete.cache_clear()


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "messages.po").write_text('msgid "a"\nmsgstr "b"\nnonsense\n')
    with pytest.raises(ValueError, match="not a well-formed catalogue"):
        catalogue.read(tmp_path / "messages.po")
