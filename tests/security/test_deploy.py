"""The unit and the container file give a deployment no more than it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

DEPLOY = Path(__file__).parent.parent.parent / "deploy"


def test_the_unit_and_the_container_give_nothing_away(tmp_path: Path) -> None:
    unit = (DEPLOY / "hearback.service").read_text()
    for line in (
        "DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=",
        "PrivateDevices=yes",
        "SystemCallFilter=@system-service", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "LimitCORE=0",
    ):  # fmt: skip
        assert f"\n{line}\n" in unit, line
    assert not re.search(r"^Environment=.*(TOKEN|SECRET|PASSWORD)", unit, re.MULTILINE)
    steps = (DEPLOY / "Containerfile").read_text()
    assert re.search(r"^USER 10001:10001$", steps, re.MULTILINE) and steps.count("--require-hashes") == 2
    assert "--read-only" in steps and "ADD " not in steps and "latest" not in steps
    if found := shutil.which("systemd-analyze"):
        copy = tmp_path / "hearback.service"
        copy.write_text(unit.replace("/opt/hearback/.venv/bin/hearback", "/bin/true"))
        said = subprocess.run([found, "verify", str(copy)], capture_output=True, text=True, check=False).stderr
        assert "hearback.service:" not in said
