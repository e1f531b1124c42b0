"""schemathesis tries to find something wrong with the running interface: odd, missing, forged and repeated requests.

A short look each time; API_SECONDS=300 makes it a long one (``make audit``).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.api.conftest import House

HERE = Path(__file__).parent


def test_it_finds_nothing(api_house: House, tmp_path: Path) -> None:
    program = api_house.token("action-for-children")
    api_house.complaint("action-for-children")
    seconds = os.environ.get("API_SECONDS", "")
    at_length = [
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--max-time",
        seconds,
        "--generation-database",
        "none",
    ]
    briefly = ["--phases", "examples,coverage,stateful", "--max-examples", "1", "--generation-deterministic"]
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(HERE / "schemathesis.toml"), "run", f"{api_house.url}/api/v1/openapi.json"),
            *("--url", f"{api_house.url}/api/v1", "--header", f"Authorization: Bearer {program.token}"),
            *("--no-color", "--warnings", "off"),
            *(at_length if seconds else briefly),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
