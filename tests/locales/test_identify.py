"""Which language a text is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import identify as module
from locales.identify import identify, nearest


@pytest.fixture(autouse=True, scope="module")
def all_languages_offered():
    from locales import LANGUAGES

    patch = pytest.MonkeyPatch()
    patch.setattr(module, "offered", lambda: tuple(LANGUAGES.values()))
    module._names.cache_clear()
    module.warm().join()
    yield
    patch.undo()
    module._names.cache_clear()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my social worker never rings me back", "en"),
        ("i got moved 3 times and nobody asked me", "en"),
        ("Mae fy ngweithiwr cymdeithasol byth yn ffonio fi", "cy"),
        ("dwi isio siarad efo rhywun am yr ysgol", "cy"),
        ("Moja pracownica socjalna nigdy nie oddzwania", "pl"),
        ("chce pogadac z kims o szkole bo mam dosc", "pl"),
        ("العاملة الاجتماعية لا ترد على اتصالاتي", "ar"),
        ("مرحبا", "ar"),
        ("ana msh 3aref a3mel eh", "ar"),
        ("Cymraeg", "cy"),
        ("po polsku", "pl"),
        ("arabic", "ar"),
    ],
)
def test_a_clear_text_is_known(text, language):
    assert identify(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "",
        "ok thanks",
        "12345",
        "😀😀",
        "\ud800",
        "سلام چطوری حال شما خوب است ی",
        "Asistenta mea sociala nu ma suna niciodata",
    ],
)
def test_a_short_or_strange_text_is_asked_about(text):
    assert identify(text).language is None


def test_a_short_text_still_says_what_to_offer_first():
    assert set(identify("hi there").candidates) == {"en", "cy", "pl"}


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    identify(text)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("cy-GB,en;q=0.5", "cy"),
        ("fr,ar;q=0.3", "ar"),
        ("", "en"),
        ("xx;q=z", "en"),
        ("ar_EG", "ar"),
        ("en;q=0.2, cy;q=0.9", "cy"),
        ("cy;q=0", "en"),
        (";;;,,", "en"),
    ],
)
def test_the_browsers_wish(header, language):
    assert nearest(header) == language
