"""The interface and its webhooks in the whole server, as they are wired."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot import jobs
from storage import tokens
from storage.tokens import SCOPES
from tests.api.conftest import Program
from tests.api.test_webhooks import Other
from tests.channels.harness import hearback, served
from tests.channels.twilio import account


def test_a_program_files_a_record_and_another_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "alone", partial(jobs.alone, every=0.05))
    other = Other()
    with (
        served(other.application) as (url, _),
        hearback(tmp_path, [account()], monkeypatch, webhook_hosts=("127.0.0.1",)) as running,
    ):

        def write(db: Any) -> Any:
            return tokens.make(db.connection(), "dudley", "Portal", tuple(SCOPES), "staff:1", datetime.now(UTC))

        known, token = running.store.writer.write(write).result(10)
        program = Program(running.url, token, known)
        program.post("/webhooks", {"url": f"{url}/hook", "restricted": True})
        filed = program.post("/records", {"kind": "informal", "summary": "The swing is broken."})
        assert filed["href"] == f"{running.url}/api/v1/records/{filed['reference']}"
        end = time.monotonic() + 20
        while filed["reference"] not in {one["record"] for one in other.heard}:
            assert time.monotonic() < end
            time.sleep(0.02)
        answer = program.ask("GET", "/records")
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Set-Cookie" not in answer.headers
        said = running.log.getvalue()
        assert token not in said and "swing" not in said and filed["receipt"] not in said


def test_only_the_composition_root_knows_the_interface() -> None:
    root = Path(__file__).parent.parent.parent
    others = [path for path in (root / "bot").rglob("*.py") if "api" not in path.relative_to(root / "bot").parts]
    knowing = {path.name for path in others if "bot.api" in path.read_text("utf-8")}
    assert knowing <= {"app.py"}
