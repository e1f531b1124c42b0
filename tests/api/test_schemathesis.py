"""schemathesis tries to find something wrong with the running server: odd, missing, forged and repeated requests.

The whole server is asked, as it is wired, with a token that may do everything and one that may do little. What is there
(records, webhooks) stands in its copy of the document, so that it gets beyond 404. A short look each time;
API_SECONDS=300 makes it a long one (``make audit``).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.api import PREFIX
from storage import tokens
from storage.tokens import SCOPES
from tests.api.conftest import Program
from tests.api.new_keys import EXAMPLE
from tests.channels.harness import Running, hearback
from tests.channels.twilio import account

HERE = Path(__file__).parent
HOME = "action-for-children"
STORY = {"kind": "complaint", "answers": {"story": {"words": "Nobody rings me back."}, "who": {"values": ["parent"]}}}
#: An address that is allowed here and that nobody answers, and two that are refused.
HOOKS = ["https://127.0.0.1:9/hook", "http://10.0.0.1/", "nonsense"]
#: How often each operation must have been done by a token that may do everything: what is only refused is not tried.
DONE = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        more = {"api_per_minute": 100_000, "webhook_hosts": ("127.0.0.1",)}
        with hearback(folder, [account(HOME)], patch, **more) as running:
            yield running


def program(server: Running, scopes: Collection[str]) -> Program:
    def write(db: Any) -> Any:
        return tokens.make(db.connection(), HOME, "Portal", scopes, "staff:1", datetime.now(UTC))

    known, token = server.store.writer.write(write).result(10)
    return Program(server.url, token, known)


def document(server: Running, whole: Program) -> dict[str, Any]:
    """The document of the server with what is there as examples of what its paths name."""
    made: dict[str, Any] = requests.get(f"{server.url}{PREFIX}/openapi.json", timeout=10).json()
    for one in whole.get("/webhooks")["webhooks"]:
        whole.ask("DELETE", f"/webhooks/{one['id']}")  # there is a limit, and a run before this one made some
    there = {
        "reference": [whole.post("/records", STORY)["reference"] for _ in range(2)],
        "webhook": [whole.post("/webhooks", {"url": HOOKS[0]})["id"] for _ in range(12)],
    }
    for path in made["paths"].values():
        for method, one in path.items():
            for place in one.get("parameters", ()):
                if place["name"] == "Idempotency-Key":
                    place["example"] = EXAMPLE
                if place["in"] == "path":
                    known = there[place["name"]]
                    # What is ended by one request is there for the others all the same.
                    place["example"] = known[0] if method != "delete" else known[2]
                    place["schema"]["enum"] = known[2:] if method == "delete" else known[:2]
    asked = made["components"]["schemas"]["HookAsked"]
    asked["properties"]["url"]["enum"] = HOOKS
    asked["examples"] = [{"url": HOOKS[0], "events": ["filed"]}]
    return made


def done(document: dict[str, Any], traffic: Path) -> Counter[str]:
    """How often each operation was answered with what was asked for: "GET /records" -> 7."""
    found = Counter({f"{method.upper()} {path}": 0 for path, one in document["paths"].items() for method in one})
    shapes = {name: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(name))) for name in found}
    for entry in json.loads(traffic.read_text("utf-8"))["log"]["entries"]:
        asked = entry["request"]["url"].partition("?")[0].partition(PREFIX)[2]
        if 200 <= entry["response"]["status"] < 300:
            said = f"{entry['request']['method']} {asked}"
            found.update(name for name, shape in shapes.items() if shape.fullmatch(said))
    return found


@pytest.mark.parametrize("scopes", [tuple(SCOPES), ("records", "webhooks")], ids=["everything", "little"])
def test_it_finds_nothing(server: Running, tmp_path: Path, scopes: tuple[str, ...]) -> None:
    file = tmp_path / "openapi.json"
    told = document(server, program(server, SCOPES))
    file.write_text(json.dumps(told), "utf-8")
    seconds, whole = os.environ.get("API_SECONDS", ""), len(scopes) == len(SCOPES)
    longer = ["--max-time", seconds, "--generation-database", "none"]
    at_length = ["--phases", "examples,coverage,fuzzing,stateful", *longer]
    phases = "examples,coverage,stateful" if whole else "examples"
    briefly = ["--phases", phases, "--max-examples", "1", "--generation-deterministic"]
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(HERE / "schemathesis.toml"), "run", str(file)),
            *("--url", f"{server.url}{PREFIX}", "--header", f"Authorization: Bearer {program(server, scopes).token}"),
            *("--no-color", "--warnings", "missing_test_data" if whole else "off"),
            *("--report", "har", "--report-har-path", "traffic.json"),
            *(at_length if seconds else briefly),
        ],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.new_keys", "PYTHONPATH": str(HERE.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "WARNINGS" not in run.stdout, run.stdout[-3000:]
    assert " 500 " not in server.log.getvalue()
    often = done(told, tmp_path / "traffic.json")
    if whole:
        assert often and min(often.values()) >= DONE, often
