"""Whole conversations by the terminal: the real engine, the real store, in a process of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.talking import Chat, run

COMPLAINT = {
    "halfway": "yes",
    "who": "A child or young person",
    "age": "12 to 15",
    "alone": "No, just me",
    "when": "last Tuesday",
    "services": "1",
    "want": "To be listened to",
    "worker": "no",
    "advocate": "Yes please",
    "contact": "Answer me here",
    "visit": "no",
    "more": "Not now",
    "next": "No, that is all",
}
STORY = "My worker never rings me back when I ask"


def complain(chat: Chat) -> str:
    """From the menu to the receipt; what was said last."""
    chat.say("Make a complaint")
    chat.answer(COMPLAINT, until="story")
    chat.say(STORY)
    chat.say("That is all")
    chat.answer(COMPLAINT, until="check")
    return chat.say("Send it")


def shown(folder: Path, reference: str, *arguments: str) -> dict[str, object]:
    done = run(folder, "cases", "show", reference, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    case: dict[str, object] = json.loads(done.stdout)
    return case


@pytest.mark.parametrize("channel", ["web", "sms", "telegram"])
def test_a_complaint_is_filed_and_can_be_read(house: Path, channel: str) -> None:
    chat = Chat(house, "--channel", channel, "--organisation", "dudley", "--language", "en", "--sender", "somebody")
    if channel != "web":
        chat.say("hello")
    told = complain(chat)
    chat.answer(COMPLAINT)
    end = chat.end()
    assert end["kind"] == "complaint"
    assert re.fullmatch(r"\d{4}( \d{4}){3}", end["receipt"])
    assert end["reference"] in told
    assert end["receipt"] in told

    case = shown(house, end["reference"])
    entries = {entry["step"]: entry for entry in case["entries"]}  # type: ignore[attr-defined]  # a list of entries
    assert entries["story"]["words"] == [STORY]
    assert entries["advocate"]["labels"] == ["Yes please"]
    assert "advocate" in entries["advocate"]["question"].lower()
    assert case["organisation"] == "dudley"
    assert case["complete"] is True

    table = run(house, "cases", "list").stdout
    assert end["reference"] in table
    assert "ALERT" not in table
    page = run(house, "cases", "show", end["reference"]).stdout
    assert STORY in page


def test_no_other_organisation_sees_it(house: Path) -> None:
    chat = Chat(house, "--organisation", "dudley", "--language", "en")
    complain(chat)
    reference = chat.end()["reference"]
    assert run(house, "cases", "list", "--organisation", "sandwell", "--json").stdout == ""
    refused = run(house, "cases", "show", reference, "--organisation", "sandwell")
    assert refused.returncode == 1
    assert "no record" in refused.stderr
    assert STORY not in refused.stdout


def test_a_talk_by_a_pipe(house: Path) -> None:
    lines = ["Say something good", "", "Mrs Adeyemi", "She made time for me after school", "Only tell them", "SKIP"]
    done = run(house, "chat", "--json", "--temporary", "--language", "en", text="\n".join(lines), fresh=True)
    assert done.returncode == 0, done.stderr
    *messages, end = map(json.loads, done.stdout.splitlines())
    assert [set(message) for message in messages] == [{"text", "choices", "step", "many"}] * len(messages)
    assert messages[0]["choices"][0] == {"number": 1, "label": "Say something good", "value": "compliment"}
    assert end["kind"] == "compliment"
    assert not list(house.iterdir()), "a temporary talk leaves nothing"


def test_the_same_sender_comes_back_to_the_same_talk(house: Path) -> None:
    chat = Chat(house, "--channel", "sms", "--language", "en", "--sender", "+447700900123")
    chat.say("hello")
    chat.say("Make a complaint")
    chat.say("LATER")
    chat.end()
    again = Chat(house, "--channel", "sms", "--language", "en", "--sender", "+447700900123")
    again.say("hello again")
    assert again.step != "kind"
    other = Chat(house, "--channel", "sms", "--language", "en", "--sender", "+447700900124")
    other.say("hello")
    assert other.step == "kind"
    again.end()
    other.end()


def test_buttons_are_pressed_by_their_number(house: Path) -> None:
    chat = Chat(house, "--temporary", "--language", "en")
    value = chat.last["choices"][1]["value"]
    chat.say("/press 2")
    assert value == "informal"
    assert chat.step != "kind"
    chat.say("/press 99")
    assert "from 1 to" in chat.notes[-1]
    assert chat.end() == {"reference": None, "receipt": None, "kind": None}


def test_a_photograph_goes_on_the_record(house: Path) -> None:
    picture = house / "my room.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000))
    chat = Chat(house, "--language", "en", "--organisation", "sandwell")
    chat.say("Make a complaint")
    chat.answer(COMPLAINT, until="story")
    chat.say(f'/photo "{picture.name}" this is my room')
    assert chat.step == "!hurt", "a picture cannot be checked by words"
    chat.say("no")
    chat.answer(COMPLAINT | {"story": "That is all"}, until="check")
    chat.say("Send it")
    case = shown(house, chat.end()["reference"])
    assert [media["kind"] for media in case["media"]] == ["image"]  # type: ignore[attr-defined]  # a list of files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (b"\x7fELF" + bytes(50), "cannot be taken"),
        (bytes(10), "cannot be taken"),
    ],
)
def test_a_file_that_is_not_taken_is_explained(house: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (house / "thing").write_bytes(content)
    chat = Chat(house, "--temporary", "--language", "en")
    chat.say("/photo thing")
    assert said in chat.notes[-1]
    chat.end()


def test_a_sign_of_danger_is_alerted_and_filed(house: Path) -> None:
    chat = Chat(house, "--language", "en", "--organisation", "dudley", "--channel", "sms")
    told = chat.say("my carer hits me every night and I am scared")
    assert "999" in told
    assert chat.step == "!safe"
    chat.end()
    (line,) = run(house, "cases", "list").stdout.splitlines()
    assert "ALERT" in line
    case = json.loads(run(house, "cases", "list", "--json").stdout)
    assert case["open_alerts"] == 1
    page = run(house, "cases", "show", case["reference"]).stdout
    assert "NOT ACKNOWLEDGED" in page
    assert "my carer hits me" in page


@pytest.mark.parametrize("language", ["cy", "ar"])
def test_other_languages(house: Path, language: str) -> None:
    chat = Chat(house, "--temporary", "--language", language)
    chat.say("/press 3")
    assert chat.step in ("halfway", "who")
    assert not re.search(r"\b(the|you|what)\b", chat.last["text"], re.IGNORECASE)
    chat.end()


def test_odd_input_loses_nothing(house: Path) -> None:
    chat = Chat(house, "--temporary", "--language", "en")
    odd = (
        "🙂🙂🙂",
        "'; DROP TABLE talk; --",
        "<script>alert(1)</script>",
        "\u202eevil",
        "x" * 10_000,
        "\x07\x1b[2J",
        "7",
    )
    for line in odd:
        assert chat.say(line)
    chat.end()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("chat", "--channel", "fax"), 2, "fax"),
        (("chat", "--organisation", "nowhere"), 1, "no organisation 'nowhere'"),
        (("chat", "--language", "tlh"), 1, "no language 'tlh'"),
        (("chat", "--entry", "kind"), 2, "STEP=VALUE"),
        (("cases", "show", "HB-0000-00"), 1, "no record"),
        (("cases", "list", "--organisation", "nowhere"), 1, "no organisation"),
        (("script", "nothing"), 1, "no flow 'nothing'"),
        (("serve", "--port", "0"), 2, "HEARBACK_PORT"),
        (("nothing",), 2, "nothing"),
    ],
)
def test_a_wrong_command_is_answered_in_words(house: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(house, *arguments)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_where_a_record_stands_and_what_is_due(house: Path) -> None:
    chat = Chat(house, "--channel", "web", "--organisation", "sandwell", "--language", "en", "--sender", "somebody")
    complain(chat)
    chat.answer({**COMPLAINT, "more": "yes", "court": "yes"})
    end = chat.end()
    case = shown(house, end["reference"])
    clocks = {clock["clock"]: clock for clock in case["clocks"]}  # type: ignore[attr-defined]
    assert clocks.keys() == {"acknowledgement", "stage1.response"}
    assert clocks["stage1.response"]["due"] == case["dues"]["answer_by"]  # type: ignore[index]
    assert clocks["stage1.response"]["status"] == "running"
    assert case["place"] == "new" and list(case["to_do"]) == ["decide"]  # type: ignore[call-overload]
    assert "acknowledged" in {move["event"] for move in case["moves"]}  # type: ignore[attr-defined]
    assert [one["reason"] for one in case["routing"]["consider"]] == ["court"]  # type: ignore[index]
    page = run(house, "cases", "show", end["reference"]).stdout
    for words in (
        "Stands: new",
        "Answer at stage 1 by 20",
        "To do: Decide",
        "May happen next: Acknowledge it",
        "A court",
    ):
        assert words in page
    due = run(house, "cases", "due", "--organisation", "sandwell")
    assert due.returncode == 0 and due.stderr == "Nothing is overdue or soon due.\n"
    moved = run(house, "cases", "moved", "--json")
    assert (moved.returncode, moved.stdout) == (0, "")
