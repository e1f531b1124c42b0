"""Lengths of text messages, against smsutil."""

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from locales.sms import BASIC, EXTENDED, outside, plain, size

GSM = "".join(sorted((BASIC | EXTENDED) - {"\f"}))


def oracle(text):
    return len(smsutil.split(text).parts)


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "segments"),
    [
        ("", "gsm7", 0, 0),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("ŵ" * 70, "ucs2", 70, 1),
        ("ŵ" * 71, "ucs2", 71, 2),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 67, "ucs2", 134, 3),
        ("a" * 152 + "€" * 80, "gsm7", 312, 3),
    ],
)
def test_known_lengths(text, alphabet, units, segments):
    found = size(text)
    assert (found.alphabet, found.units, found.segments) == (alphabet, units, segments)


@given(
    st.text(GSM, min_size=1, max_size=700)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=400)
)
def test_as_many_segments_as_smsutil_says(text):
    assert size(text).segments == oracle(text)


def test_typography_becomes_plain():
    assert plain("“It’s” – 1…\u00a0•") == '"It\'s" - 1... -'
    assert outside(plain("“It’s” – 1…")) == ()
    assert outside("ŵ and ŵ and ŷ") == ("ŵ", "ŷ")
