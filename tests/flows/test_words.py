"""Every message renders in every language, register and mode; step ids are permanent; what people type is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import aside, phrases, reading
from flows.anytime import COMMANDS
from flows.scripts import FLOWS
from flows.session import LATER, Line, Voice, World
from flows.steps import REGISTERS, Option, Text, options_of, texts

GOLDEN = Path(__file__).parent / "golden"
FILLS = dict.fromkeys(("number", "last", "first", "count", "filed_on", *LATER), "7")


def every_text() -> Iterator[Text]:
    """All the engine may ever say."""
    for flow in FLOWS.values():
        yield flow.title
        for step in flow.steps:
            yield from texts(step)
    for step in aside.ASIDES.values():
        yield from texts(step)
    yield from (text for text in vars(phrases).values() if isinstance(text, Text))


def test_every_message_in_every_language_register_and_mode(world: World) -> None:
    rendered = 0
    for text in every_text():
        if not text.plain:
            continue
        for language, _ in world.languages:
            for register in ("", *REGISTERS):
                for easy in (False, True):
                    said = world.words(Line(text, FILLS), Voice(language, register, easy))
                    assert said.strip() and not any("{" + p + "}" in said for p in FILLS if p not in LATER), (
                        language,
                        text,
                    )
                    rendered += 1
    assert rendered > 1000


def test_step_ids_are_permanent() -> None:
    """A step that vanishes breaks talks under way unless ``Flow.renamed`` says what became of it."""
    known: dict[str, list[str]] = json.loads((GOLDEN / "steps.json").read_text())
    now = {flow.id: [step.id for step in flow.steps] for flow in FLOWS.values()} | {"aside": list(aside.ASIDES)}
    for flow, steps in known.items():
        gone = set(steps) - set(now.get(flow, ())) - set((FLOWS[flow].renamed or {}) if flow in FLOWS else ())
        assert not gone, f"{flow}: {sorted(gone)} vanished; say in Flow.renamed what became of them"
    assert now == known, "new steps: add them to tests/flows/golden/steps.json"


def test_option_values_and_step_ids_are_unique_and_plain() -> None:
    for flow in FLOWS.values():
        assert len({step.id for step in flow.steps}) == len(flow.steps)
        for step in flow.steps:
            values = [option.value for option in options_of(step)]
            assert len(set(values)) == len(values)
            assert all(value.isascii() and "=" not in value and "\n" not in value for value in values)


def test_words_the_sms_provider_keeps_for_itself_are_never_an_answer(world: World) -> None:
    kept = {"stop", "cancel", "end", "quit", "help", "info", "start", "unsubscribe", "stopall"}
    for flow in FLOWS.values():
        for step in flow.steps:
            for option in options_of(step):
                assert reading.fold(world.words(Line(option.label), Voice("en"))) not in kept


def test_every_command_has_a_word_in_every_language(world: World) -> None:
    for language, _ in world.languages:
        lexicon = world.lexicon(language)
        assert set(lexicon.anytime.values()) == set(COMMANDS)
        assert lexicon.yes and lexicon.no and lexicon.done and lexicon.unsure


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("  Don't! ", "dont"),
        ("É É", "e e"),
        ("٣", "3"),
        ("3️⃣", "3"),
        ("أُرِيدُ", "اريد"),
        ("\u202eabc\u202c", "abc"),
        ("<b>hi</b>", "b hi b"),
        ("Yardım, źle, đi", "yardim zle di"),
        ("\ud800", ""),
        ("\x00\x07", ""),
        ("😀", "😀"),
    ],
)
def test_folding(typed: str, folded: str) -> None:
    assert reading.fold(typed) == folded


def test_clean_keeps_everything_that_can_be_stored() -> None:
    for text in ("\u202ertl\u202c", "a\tb\nc", "' OR 1=1 --", "<script>", "👨‍👩‍👧", "x" * 10_000):
        assert reading.clean(text) == text
    assert reading.clean("a\ud83db\x00") == "a\ufffdb"
    assert reading.clean("a\ud83d\ude00b") == "a😀b"


def test_beginnings_must_be_unique_and_two_letters() -> None:
    options = [Option("a", Text("A parent")), Option("c", Text("A carer")), Option("cat", Text("A cat"))]
    said = [option.label.plain for option in options]
    assert reading.by_beginning("pa", options, said) == "a"
    assert reading.by_beginning("ca", options, said) is None
    assert reading.by_beginning("a", options, said) is None
    assert reading.by_beginning("care", options, said) == "c"
