"""A record made of pictures shows them to staff, beside the words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.symbols import Symbols
from tests.console.conftest import House, running
from tests.storage.people import Person

#: What is tapped on the board; elsewhere the first choice.
TAPPED = {"who": "child", "board_how": "bad", "board_who": "mum", "board_where": "school", "board_what": "shouting"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = running(tmp_path_factory.mktemp("pictures"), lambda site: replace(site, picture=Symbols().address))
    with made as one:
        yield one


def tapped(house: House, language: str) -> str:
    """A record of somebody who only tapped pictures."""
    person = Person(house.store.writer, organisation="dudley", endpoint="web", language=language)
    person.now = datetime.now(UTC)
    reply = person.say(event="open")
    reply = person.say("easy")
    for _ in range(30):
        assert person.last is not None
        step, offered = person.last.step, [choice.token for choice in person.last.choices]
        wanted = "kind=board" if step == "kind" else f"{step}={TAPPED.get(step, 'send')}"
        reply = person.say(choice=wanted if wanted in offered else offered[0])
        if reply.reference:
            return reply.reference
    raise AssertionError("no receipt after thirty taps")


def shown(page: str) -> list[tuple[str, str]]:
    """Each picture of the answers: its concept, and the words beside it."""
    return re.findall(
        r'<li><img src="/assets/symbols/(\w+)\.[0-9a-f]+\.svg" alt=""[^>]*>([^<]*)</li>', html.unescape(page)
    )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_record_made_of_pictures(house: House, language: str) -> None:
    page = house.person("dudley", "complaints").get(f"/staff/record/{tapped(house, language)}").text
    said = shown(page)
    for one in (("bad", "Bad"), ("mum", "Mum"), ("school", "At school"), ("shouting", "Shouting")):
        assert one in said
    assert ("أمي" in page) == (language == "ar"), "as the child read it, where that is another language"
    account = page.partition('id="account"')[2]
    assert account.index("tapped") < account.index("Who is speaking")
    assert "Said with pictures" not in account, "the sentence for lists says no more"
