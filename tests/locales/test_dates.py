"""Dates said in words; every one was said on Sunday 22 November 2026."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import locales
from locales.dates import read_date

TODAY = date(2026, 11, 22)
#: language -> phrase -> the day that is meant
EVERYWHERE = tomllib.loads(Path(__file__).with_name("dates.toml").read_text("utf-8"))
SAID = {
    "en": {
        "last Tuesday": "2026-11-17",
        "since March": "2026-03-01",
        "3 weeks ago": "2026-11-01",
        "yesterday": "2026-11-21",
        "12/03/2026": "2026-03-12",
        "12.3.26": "2026-03-12",
        "2026-03-12": "2026-03-12",
        "a couple of weeks ago": "2026-11-08",
        "in the summer": "2026-07-01",
        "May": "2026-05-01",
        "over a year ago": "2025-11-22",
        "last week": "2026-11-15",
        "on monday": "2026-11-16",
        "the day before yesterday": "2026-11-20",
        "3rd May": "2026-05-03",
        "May 3rd 2025": "2025-05-03",
        "last night": "2026-11-21",
        "march 2024": "2024-03-01",
        "in 2024": "2024-01-01",
        "about 2 months ago": "2026-09-22",
        "tuesday last week": "2026-11-10",
        "for three weeks now": "2026-11-01",
        "29 feb": "2024-02-29",
        "december": "2025-12-01",
        "christmas": "2025-12-25",
        "It was on 3 May I think": "2026-05-03",
        "today": "2026-11-22",
        "fri 13 nov": "2026-11-13",
    },
    "cy": {
        "ddoe": "2026-11-21",
        "dydd Mawrth diwethaf": "2026-11-17",
        "mis Mawrth": "2026-03-01",
        "3 wythnos yn ôl": "2026-11-01",
        "wythnos ddiwethaf": "2026-11-15",
        "12 Mai 2025": "2025-05-12",
        "ers mis Mawrth": "2026-03-01",
        "nos Iau": "2026-11-19",
        "y 3ydd o Fai": "2026-05-03",
        "tair wythnos yn ôl": "2026-11-01",
        "ers dwy flynedd": "2024-11-22",
        "bythefnos yn ôl": "2026-11-08",
        "Dolig": "2025-12-25",
        "llynedd": "2025-11-22",
        "ym mis Rhagfyr": "2025-12-01",
        "last Tuesday": "2026-11-17",
        "echdoe": "2026-11-20",
    },
    "ar": {
        "الثلاثاء الماضي": "2026-11-17",
        "أمس": "2026-11-21",
        "منذ ٣ أسابيع": "2026-11-01",
        "منذ اسبوعين": "2026-11-08",
        "في مارس": "2026-03-01",
        "منذ شهر مارس": "2026-03-01",
        "١٢/٣/٢٠٢٦": "2026-03-12",
        "قبل شهرين": "2026-09-22",
        "البارحة": "2026-11-21",
        "مبارح": "2026-11-21",
        "من شهر": "2026-10-22",
        "يوم الاثنين": "2026-11-16",
        "الأسبوع الماضي": "2026-11-15",
        "٣ مايو ٢٠٢٥": "2025-05-03",
        "صارلي شهرين": "2026-09-22",
        "3 تشرين الثاني 2025": "2025-11-03",
        "السنة الماضية": "2025-11-22",
        "embare7": "2026-11-21",
    },
    "pl": {
        "wczoraj": "2026-11-21",
        "w zeszły wtorek": "2026-11-17",
        "w zeszly wtorek": "2026-11-17",
        "od marca": "2026-03-01",
        "trzy tygodnie temu": "2026-11-01",
        "w zeszłym tygodniu": "2026-11-15",
        "12 maja 2025": "2025-05-12",
        "w poniedzialek": "2026-11-16",
        "w środę": "2026-11-18",
        "pół roku temu": "2026-05-23",
        "dwa lata temu": "2024-11-22",
        "przedwczoraj": "2026-11-20",
        "w grudniu": "2025-12-01",
        "w święta": "2025-12-25",
        "od dwóch miesięcy": "2026-09-22",
        "ponad rok temu": "2025-11-22",
        "22 listopada 2026 (niedziela)": "2026-11-22",
        "last Tuesday": "2026-11-17",
    },
    "bn": {
        "গতকাল": "2026-11-21",
        "গত মঙ্গলবার": "2026-11-17",
        "মার্চ থেকে": "2026-03-01",
        "3 মে": "2026-05-03",
        "৩ সপ্তাহ আগে": "2026-11-01",
        "2 shoptaho age": "2026-11-08",
    },
    "uk": {"вчора": "2026-11-21", "минулого вівторка": "2026-11-17"},
    "tr": {"dün": "2026-11-21", "gecen sali": "2026-11-17"},
    "fa": {"سه شنبه": "2026-11-17", "شنبه": "2026-11-21", "پنج شنبه گذشته": "2026-11-19"},
    "so": {"nus sano ka hor": "2026-05-23"},
    "ur": {"کل رات": "2026-11-21"},
}
NOT = {
    "en": [
        "3",
        "12",
        "",
        "asdf qwer",
        "i was sad",
        "she never rings me 3 times",
        "he may have hit me",
        "31/02/2026",
        "1/1/2030",
        "since I moved in with them",
        "10000 years ago",
        "before my birthday",
        "when i was 8",
        "not sure",
        "2" * 500,
        "99/99/99",
    ],
    "cy": [
        "3",
        "dwi ddim yn cofio",
        "mae hi byth yn ffonio",
    ],
    "ar": [
        "٣",
        "انا حزين",
        "من زمان",
        "لا اعرف",
    ],
    "bn": ["৩", "মনে নেই", "মা আমাকে মেরেছে", "কে লিখেছে"],
    "pl": ["3", "nie pamiętam", "byłem smutny", "kiedy miałem 8 lat", "dawno temu", "od kiedy z nimi mieszkam"],
}


@pytest.mark.parametrize(
    ("language", "said", "meant"), [(lang, said, day) for lang, all_ in SAID.items() for said, day in all_.items()]
)
def test_what_was_said_is_understood(language, said, meant):
    assert read_date(said, language, TODAY) == date.fromisoformat(meant)


@pytest.mark.parametrize("language", EVERYWHERE)
def test_the_same_days_are_understood_in_every_language(language):
    said = EVERYWHERE[language]
    assert {phrase: read_date(phrase, language, TODAY) for phrase in said} == said


def test_every_language_is_tried():
    assert set(locales.KNOWN) == {*EVERYWHERE, *SAID}


@pytest.mark.parametrize(("language", "said"), [(code, said) for code, phrases in NOT.items() for said in phrases])
def test_what_is_no_date_is_none(language, said):
    assert read_date(said, language, TODAY) is None


@given(st.text(max_size=60), st.sampled_from(["en", "cy", "ar", "pl", "xx"]))
def test_nothing_breaks_it_and_no_date_is_in_the_future(text, language):
    found = read_date(text, language, TODAY)
    assert found is None or found <= TODAY


@given(
    st.dates(date(1990, 1, 1), TODAY),
    st.sampled_from(["{0:%d/%m/%Y}", "{0:%Y-%m-%d}", "{0.day} {0:%B} {0.year}", "{0:%B} {0.day} {0.year}"]),
)
def test_written_dates_come_back(day, form):
    assert read_date(form.format(day), "en", TODAY) == day
