"""Talks in the middle at the time of a release: ``golden/sessions/<version>/*.json``. Every later program goes on.

A file is half of a transcript as the engine of that release kept it, what the person sends afterwards under which
question, and what was filed then. Before a release: ``python -m tests.flows.test_frozen`` makes its folder. What is
there is never made anew.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from flows.session import Amend, Entry, FileIt, Say, Session
from tests.flows.test_transcripts import HERE as TRANSCRIPTS
from tests.flows.test_transcripts import answered
from tests.flows.tester import START, Talking, through_json

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden" / "sessions"
FILES = sorted(GOLDEN.glob("*/*.json"))
#: Every flow, register and channel, and languages that are written in other ways.
CHOSEN = (
    "advocate-easy-web", "board-child-web", "complaint-child-web", "complaint-fa-af-sms", "complaint-parent-sms",
    "complaint-uk-sms", "complaint-welsh-web", "complaint-zh-hans-sms", "compliment-telegram", "danger-young-web",
    "informal-arabic-sms", "informal-polish-sms", "progress-web", "stuck-and-out-sms", "survey-child-web",
    "survey-welsh-sms",
)  # fmt: skip
#: New questions that may stand before the one that was open next.
NEW = 5


def talking(heading: str) -> Talking:
    organisation, channel, language = heading.split(", ")
    return Talking(OrganisationWorld(load(organisation), watch(), lambda: START), channel, language=language)


def told(talk: Talking) -> dict[str, Any]:
    """What has been filed and added since, by question."""
    filed = talk.ever(FileIt)
    return {
        "filed": [filed[-1].kind, filed[-1].complete, said(filed[-1].entries)] if filed else None,
        "added": [[one.event, said(one.entries)] for one in talk.ever(Amend)],
    }


def said(entries: tuple[Entry, ...]) -> dict[str, Any]:
    return {one.step: [list(one.values), list(one.words), one.skipped] for one in entries}


def frozen(name: str) -> dict[str, Any]:
    """A transcript, stopped after half of what the person sends; then the rest of it."""
    heading, *lines = (TRANSCRIPTS / f"{name}.txt").read_text("utf-8").splitlines()
    sent = [line.removeprefix("> ") for line in lines if line.startswith("> ")]
    talk, half, rest = talking(heading), len(sent) // 2, []
    for line in sent[:half]:
        list(answered(talk, line))
    session, step, now = through_json(talk.session).to_json(), talk.step, talk.now
    talk.all.clear()
    for line in sent[half:]:
        rest.append([talk.step, line])
        list(answered(talk, line))
    return {"heading": heading, "now": now.isoformat(), "step": step, "session": session, "rest": rest, **told(talk)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_talk_of_an_earlier_release_goes_on(path: Path) -> None:
    kept = json.loads(path.read_text("utf-8"))
    talk = talking(kept["heading"])
    talk.session, talk.now = Session.from_json(kept["session"]), type(START).fromisoformat(kept["now"])
    open_step = kept["step"]
    for step, line in kept["rest"]:
        for _ in range(NEW):
            if open_step == step:
                break
            open_step = past(talk, open_step)
        assert open_step == step, f"it asks {open_step!r}, and would not come to {step!r}"
        list(answered(talk, line))
        open_step = talk.step
    now = told(talk)
    assert talk.session.voice.language == kept["session"]["voice"][0] or not kept["session"]["voice"][0]
    assert (now["filed"] is None) == (kept["filed"] is None) and len(now["added"]) == len(kept["added"])
    if kept["filed"]:
        kind, complete, entries = kept["filed"]
        assert now["filed"][:2] == [kind, complete] and now["filed"][2].items() >= entries.items()
    for (event, entries), (then, before) in zip(now["added"], kept["added"], strict=True):
        assert event == then and entries.items() >= before.items()


def past(talk: Talking, step: str) -> str:
    """Answer a question that there was not yet: with its first option, or by leaving it out."""
    say = next((one for one in talk.effects if isinstance(one, Say)), None)
    if say is not None and say.options:
        talk.send(choice=f"{step}={say.options[0].value}")
    else:
        talk.say("skip")
    return talk.step


def test_every_release_has_some() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert len(list((GOLDEN / version).glob("*.json"))) >= 10, "before a release: python -m tests.flows.test_frozen"


def make(folder: Path) -> None:
    """Freeze the talks of a release."""
    folder.mkdir(parents=True)
    for name in CHOSEN:
        text = json.dumps(frozen(name), ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    make(GOLDEN / str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]))
