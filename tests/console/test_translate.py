"""Reading by machine translation: marked, kept nowhere, and never without the original; asking an interpreter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from locales.machine import NotTranslated
from tests.console.conftest import House, running
from tests.console.desk import sent
from tests.storage.people import Person

STORY = "Nid oedd y bws wedi dod."


class Machine:
    """Says each text backwards; away when told to be."""

    def __init__(self) -> None:
        self.code = ""

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        if self.code:
            raise NotTranslated(self.code)
        assert (source, target) == ("cy", "en")
        return [text[::-1] for text in texts]


MACHINE = Machine()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("translate"), lambda site: replace(site, translator=MACHINE)) as made:
        yield made


@pytest.fixture(scope="module")
def reference(house: House) -> str:
    return sent(house, "sandwell", datetime.now(UTC) - timedelta(days=1), STORY, language="cy")


def test_the_original_stands_beside_what_a_machine_made(house: House, reference: str) -> None:
    MACHINE.code = ""
    jo = house.person("sandwell", "officer")
    assert f"/staff/record/{reference}/translation" in jo.get(f"/staff/record/{reference}").text
    page = jo.get(f"/staff/record/{reference}/translation")
    assert page.status_code == 200
    assert STORY in page.text and STORY[::-1] in page.text and "A machine made this" in page.text
    assert house.audited()[-1] == "record.translation"
    assert STORY[::-1] not in jo.get(f"/staff/record/{reference}").text


def test_a_digit_that_chose_something_is_not_translated(house: House) -> None:
    MACHINE.code = ""
    person = Person(house.store.writer, channel="sms", organisation="sandwell", endpoint="+441632960000", language="cy")
    person.now, person.story = datetime.now(UTC) - timedelta(days=1), STORY
    reference = person.complain().reference
    person.say("1")
    person.say("3")
    jo = house.person("sandwell", "officer")
    page = jo.get(f"/staff/record/{reference}/translation").text
    words = re.findall(r'<p class="words"[^>]*>\s*(.*?)\s*</p>', page)
    assert STORY in words and "1" not in words and "3" not in words


def test_without_it_an_interpreter_is_asked(house: House, reference: str) -> None:
    MACHINE.code = "language"
    jo = house.person("sandwell", "officer")
    page = jo.get(f"/staff/record/{reference}/translation")
    assert "does not know this language" in page.text and STORY in page.text
    for _ in range(2):
        assert jo.post(f"/staff/record/{reference}/interpreter").status_code == 303
    assert house.count("task WHERE why = 'interpreter'") == 1
    assert "it is a task of this record" in jo.get(f"/staff/record/{reference}/translation").text
