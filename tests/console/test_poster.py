"""The poster as a file: one page, and every letter of it is there, in every language."""

from __future__ import annotations

import logging

import pytest

import locales
from console import pdf
from tests.console.conftest import House
from tests.pdf import pages

HOME = "/staff/settings/integration"
#: Latin, Arabic, Chinese, Devanagari, Tamil (the longest words), Ethiopic.
SIX = ("cy", "ar", "zh_Hans", "hi", "ta", "am")


def each(house: House, languages: tuple[str, ...], places: tuple[str, ...], caplog: pytest.LogCaptureFixture) -> None:
    """Of the organisation and of its service with the longest name."""
    assert pdf.maker() is not None, "the tests have WeasyPrint; it needs Pango: apt-get install libpangoft2-1.0-0"
    for place in places:
        browser = house.person(place, "officer")
        for language in languages:
            services = house.site.profiles[place].services
            longest = max(services, key=lambda one: len(services[one].name.said(language)))
            for service in ("", longest):
                with caplog.at_level(logging.WARNING, "weasyprint"):
                    made = browser.get(f"{HOME}/poster.pdf?service={service}&in={language}")
                assert made.status_code == 200 and made.headers["Content-Type"] == "application/pdf"
                assert pages(made.content) == 1, (place, language, service)
                missing = [record.getMessage() for record in caplog.records if ".notdef" in record.getMessage()]
                assert not missing, (language, missing)


def test_it_is_one_page_in_six_scripts(house: House, caplog: pytest.LogCaptureFixture) -> None:
    each(house, SIX, ("dudley",), caplog)


@pytest.mark.soak(only="39 languages, five organisations")
def test_it_is_one_page_in_every_language_that_is_offered(house: House, caplog: pytest.LogCaptureFixture) -> None:
    codes = tuple(entry.code for entry in locales.offered())
    assert len(codes) > len(SIX)
    each(house, codes, tuple(house.site.profiles), caplog)


def test_the_count_of_pages_finds_pages() -> None:
    make = pdf.maker()
    assert make is not None
    assert pages(make("<p>One</p>")) == 1
    assert pages(make("<p>One</p><p style='break-before: page'>Two</p>")) == 2
    with pytest.raises(AssertionError):
        pages(b"%PDF-1.7\nnothing")
