"""What is installed elsewhere is whole: the wheel, with locked versions, in an empty environment, far from the tree.

That is how the container has it; it was built and run by hand as well (docs/running.md). A minute, most of it pip's, so
it is a ``soak`` test.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.cli.talking import ROOT, environment
from tests.cli.test_serve import free_port

#: What the Containerfile copies; all of it is needed, and nothing else.
COPIED = ("bot", "casework", "console", "flows", "locales", "storage", "pyproject.toml", "README.md", "LICENSE")
LOCKS = ("requirements-build.lock", "requirements.lock")


def copied() -> list[str]:
    """The Containerfile's COPY lines, locks left out."""
    steps = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    named = [word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", steps, re.M) for word in line.split()]
    return [name for name in named if not name.endswith(".lock")]


def test_the_builder_is_given_what_it_copies_and_nothing_else() -> None:
    given = re.findall(r"^!(.+)$", (ROOT / "deploy" / "Containerfile.dockerignore").read_text("utf-8"), re.M)
    assert sorted(copied()) == sorted(COPIED) == sorted(set(given) - {"requirements*.lock"})


@pytest.mark.soak(only="an installation from nothing")
@pytest.mark.timeout(900)
def test_the_wheel_serves_far_from_the_tree(tmp_path: Path) -> None:
    source, house = tmp_path / "src", tmp_path / "house"
    source.mkdir()
    house.mkdir()
    for name in (*COPIED, *LOCKS):
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo", ".compiled")
            )
        else:
            shutil.copy(ROOT / name, source / name)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", "install"]
    locked = [*pip, "--require-hashes", "--no-build-isolation", "--use-pep517"]
    for step in (
        [*pip, "--require-hashes", "-r", LOCKS[0]],
        [*locked, "-r", LOCKS[1]],
        [*pip, "--no-deps", "--no-build-isolation", "."],
    ):
        subprocess.run(step, cwd=source, check=True, timeout=280)
    shutil.rmtree(source)

    port = free_port()
    settings = {name: value for name, value in environment(HEARBACK_PORT=str(port)).items() if name != "PYTHONPATH"}
    hearback, address = tmp_path / "venv" / "bin" / "hearback", f"http://127.0.0.1:{port}"
    told = house / "told.txt"
    with told.open("wb") as out:
        server = subprocess.Popen([hearback, "serve"], cwd=house, env=settings, stdout=out, stderr=out)
    try:
        for _ in range(1200):
            assert server.poll() is None, told.read_text()
            try:
                assert requests.get(f"{address}/health", timeout=5).status_code == 200
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        assert requests.get(f"{address}/api/v1", timeout=20).status_code == 200
        for page in ("/dudley/?lang=ar", "/staff/sign-in"):
            answer = requests.get(address + page, timeout=20)
            assert answer.status_code == 200, page
            parts = set(re.findall(r'(?:src|href)="(/[^"]+\.(?:css|js|svg|png|ico))"', answer.text))
            assert parts, page
            for part in parts:
                found = requests.get(address + part, timeout=20)
                assert found.status_code == 200 and found.content, part
        checked = subprocess.run(
            [hearback, "check"], cwd=house, env=settings, capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0 and "is up to date" in checked.stdout, checked.stdout + checked.stderr
        assert "is not offered" not in checked.stdout, "every catalogue came along"
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
