"""Data rights and the audit at the command line, on a real deployment in a folder."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import app, main
from bot.cli import Trouble
from bot.config import load
from bot.deployment import profiles, watch, worlds
from bot.store import open_store
from casework.record import CaseEvent
from storage import audit, casefile, rights, working
from storage.store import Store
from tests.storage.people import START, Person

STORY = "Quillfeather laughed at me when Kyle Morton was there."


def run(data: Path, *arguments: str) -> str:
    """What a command prints. Raises what it raises."""
    answer = CliRunner().invoke(app, [*arguments, "--data", str(data)], catch_exceptions=False)
    assert answer.exit_code in (0, 1), answer.output
    return answer.output


def _store(data: Path) -> Store:
    settings = load(data=data)
    found = profiles(settings)
    return open_store(settings, worlds(found, watch()), found)


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """A folder with one organisation and one record; its reference."""
    monkeypatch.setenv("HEARBACK_ORGANISATIONS", "dudley")
    store = _store(tmp_path)
    person = Person(store.writer, "+447700900123", channel="sms", organisation="dudley", endpoint="+441632960000")
    person.story = STORY
    reference = person.complain().reference
    for _ in range(3):
        store.writer.write(lambda db: audit.note(db.connection(), "dudley", None, "record", reference, START)).result(
            10
        )
    store.close()
    return tmp_path, reference


def test_from_a_copy_to_the_end(deployment: tuple[Path, str], tmp_path: Path) -> None:
    data, reference = deployment
    out = tmp_path / "copy.zip"
    said = run(data, "rights", "export", reference, "--out", str(out), "--read", "Quillfeather=her own worker")
    assert "Kyle" in said and "Quillfeather" not in said and oct(out.stat().st_mode)[-3:] == "600"
    with zipfile.ZipFile(out) as archive:
        text = archive.read("index.html").decode() + archive.read("data.json").decode()
        records: list[dict[str, Any]] = json.loads(archive.read("data.json"))["records"]
    assert "Quillfeather laughed" in text and "Kyle" not in text and len(records[0]["seen"]) == 3
    with pytest.raises(Trouble, match=r"^There is no file 3f in these records\. Files: none"):
        run(data, "rights", "export", reference, "--out", str(tmp_path / "x.zip"), "--without-file", "3f=a sister")
    with pytest.raises(Trouble, match="FILE=REASON"):
        run(data, "rights", "export", reference, "--out", str(tmp_path / "x.zip"), "--without-file", "3f")
    told = next(one["entry"] for one in records[0]["answers"] if "Quillfeather laughed at me" in str(one["answer"]))
    less = ("rights", "export", reference, "--out", str(tmp_path / "less.zip"), "--read", "Quillfeather=known")
    for wrong in (told, f"{told}=third", f"{told}=because it is so", "=harm it would hurt"):
        with pytest.raises(Trouble, match=r"ENTRY=REASON words|There is no entry"):
            run(data, *less, "--withhold", wrong)
    with pytest.raises(Trouble, match="no entry HB-1:talk:1"):
        run(data, *less, "--withhold", "HB-1:talk:1=harm it would hurt")
    said = run(data, *less, "--withhold", f"{told}=harm her doctor says so")
    assert told in said and "The copy says so" in said
    with zipfile.ZipFile(tmp_path / "less.zip") as archive:
        text = archive.read("index.html").decode() + archive.read("data.json").decode()
    assert "Quillfeather" not in text and "doctor" not in text and "the law says that we may not show it" in text
    with pytest.raises(Trouble, match="there already"):
        run(data, "rights", "export", reference, "--out", str(out))

    assert "stands" not in run(data, "rights", "correct", reference, "want", "A visit.", "--why", "said on the phone")
    assert "How is it safe to reach you" in run(data, "rights", "agreed", reference)
    run(data, "rights", "hold", reference, "--why", "a court")
    with pytest.raises(Trouble, match="hold"):
        run(data, "rights", "erase", reference, "--ground", "asked", "--anyway", "mistake", "--yes")
    run(data, "rights", "hold", reference, "--why", "over", "--lift")
    with pytest.raises(Trouble, match="--ground"):
        run(data, "rights", "erase", reference, "--yes")
    with pytest.raises(Trouble, match="clock"):
        run(data, "rights", "erase", reference, "--ground", "asked", "--yes")

    assert "record" in run(data, "audit", "seen", reference)
    ends = tmp_path / "ends"
    ends.write_text(run(data, "audit", "head"))
    assert "Erased for good: 1" in run(
        data, "rights", "erase", reference, "--ground", "asked", "--anyway", "mistake", "--yes"
    )
    with pytest.raises(Trouble, match="no record"):
        run(data, "audit", "seen", reference)
    assert "each as it was written" in run(data, "audit", "verify", "--kept", str(ends))
    for file in data.rglob("*"):
        if file.is_file() and file != out and file.name != "ends":
            assert reference.encode() not in file.read_bytes(), file.name
    assert "0 records may go" in run(data, "retention", "preview", "--ahead", "30000")
    assert "erased 0 records" in run(data, "retention", "run", "--yes")


def test_a_broken_chain_is_named_with_an_exit_code(deployment: tuple[Path, str]) -> None:
    import sqlite3

    data, _ = deployment
    with sqlite3.connect(data / "hearback.db") as raw:
        raw.execute("UPDATE audit SET what = 'record.reply' WHERE number = 2")
    answer = CliRunner().invoke(app, ["audit", "verify", "--data", str(data)])
    assert answer.exit_code == 1 and "BROKEN at line 2" in answer.output
    nonsense = data / "nonsense"
    nonsense.write_text("a b\n")
    with pytest.raises(Trouble, match="audit head"):
        run(data, "audit", "verify", "--kept", str(nonsense))


def ended(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> tuple[int, str]:
    """How the program ends, and what it says, both outputs together."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(sys, "argv", ["hearback", *arguments, "--data", str(data)])
        main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out + said.err


def test_each_command_ends_as_it_says_and_is_in_the_audit(
    deployment: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    data, reference = deployment
    why = ("--why", "They dispute it")
    for arguments, code, words in (
        (("rights", "limit", reference), 1, "Say why with --why"),
        (("rights", "limit", "HB-2222-22", *why), 1, "no record"),
        (("rights", "limit", reference, "--lift", *why), 1, "This is so already."),
        (("rights", "limit", reference, *why), 0, "Done."),
        (("rights", "limit", reference, *why), 1, "This is so already."),
        (("rights", "limit", reference, "--lift", *why), 0, "Lifted."),
        (("rights", "hold", reference, *why), 0, "Done."),
        (("rights", "hold", reference, "--lift", *why), 0, "Lifted."),
        (("rights", "correct", reference, "want", "A visit."), 1, "Say why with --why"),
        (("rights", "correct", reference, "moon", "A visit.", *why), 1, "no answer in words"),
        (("rights", "correct", reference, "want", "A visit.", *why), 0, "put right"),
        (("rights", "agreed", reference), 0, "How is it safe to reach you"),
        (("rights", "erase", reference, "--ground", "moon", "--yes"), 1, "--ground"),
        (("rights", "erase", reference, "--ground", "asked", "--anyway", "moon", "--yes"), 1, "--anyway"),
        (("audit", "seen", reference), 0, "the command line  rights.correct"),
        (("audit", "seen", "HB-2222-22"), 1, "no record"),
    ):
        ended_with, said = ended(capsys, data, *arguments)
        assert (ended_with, words in said) == (code, True), (arguments, said)
        assert "Traceback" not in said
    seen = [line.rpartition("  ")[2] for line in run(data, "audit", "seen", reference).splitlines()]
    assert seen[:-3] == ["record.seen", "record.agreed", "rights.correct", *["rights.mark"] * 4], (
        "what failed left no line"
    )


def test_what_is_limited_by_command_is_kept_and_not_worked_with(deployment: tuple[Path, str]) -> None:
    data, reference = deployment
    run(data, "rights", "limit", reference, "--why", "They dispute what stands there")
    store, case = _store(data), 0
    try:
        with store.database.reading() as db:
            case = casefile.find(db, reference)
            mark = rights.marks(db, store.vault, case)["limited"]
            events = [one.kind for one in casefile.events(db, store.vault, case)]
        assert (mark.why, mark.by) == ("They dispute what stands there", "command line")
        deed = working.Deed(CaseEvent("acknowledged", START, "staff:1"))
        doing = store.writer.write(
            lambda db: working.do(db, store.vault, store.procedures, case, len(events), [deed])
        )  # fmt: skip
        with pytest.raises((casefile.Refused, working.Stale)):
            doing.result(10)
    finally:
        store.close()
    answer = CliRunner().invoke(app, ["rights", "erase", reference, "--ground", "asked", "--data", str(data)], "n\n")
    assert answer.exit_code == 1 and "Erased" not in answer.output, "whoever says no keeps it"
