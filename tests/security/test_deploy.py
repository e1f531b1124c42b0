"""The unit, the container and its compose file give a deployment no more than it needs, as their readers read them."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
#: What the unit shuts, one value each.
SANDBOX = {
    "DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
    "CapabilityBoundingSet": "", "AmbientCapabilities": "", "PrivateDevices": "yes", "PrivateTmp": "yes",
    "PrivateUsers": "yes", "PrivateIPC": "yes", "ProcSubset": "pid", "ProtectProc": "invisible", "ProtectClock": "yes",
    "ProtectControlGroups": "yes", "ProtectHostname": "yes", "ProtectKernelLogs": "yes", "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes", "RestrictSUIDSGID": "yes", "RestrictRealtime": "yes", "RestrictNamespaces": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "LockPersonality": "yes", "RemoveIPC": "yes",
    "KeyringMode": "private", "SystemCallArchitectures": "native", "LimitCORE": "0", "UMask": "0077",
    "StateDirectoryMode": "0700",
}  # fmt: skip


class Repeated(dict[str, str]):
    """Options of a section; a key that stands twice adds to what it said, as systemd has it."""

    def __setitem__(self, key: str, value: Any) -> None:
        before = self.get(key)
        super().__setitem__(key, [*before, *value] if isinstance(before, list) and isinstance(value, list) else value)


def unit() -> dict[str, list[str]]:
    """Key -> its values, of the section [Service]."""
    parser = configparser.RawConfigParser(dict_type=Repeated, strict=False, delimiters="=", comment_prefixes="#")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells Limit from limit
    parser.read(DEPLOY / "hearback.service", "utf-8")
    return {key: value.split("\n") for key, value in parser.items("Service")}


def steps() -> list[tuple[str, str]]:
    """(instruction, its arguments) of the Containerfile: no comments, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (DEPLOY / "Containerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


@pytest.mark.parametrize("key", SANDBOX)
def test_the_unit_shuts_what_it_does_not_need(key: str) -> None:
    assert unit()[key] == [SANDBOX[key]]


def test_the_unit_takes_calls_away_and_holds_no_secret() -> None:
    found = unit()
    assert found["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert "User" not in found and "ReadWritePaths" not in found, "its own account, and its own folder only"
    assert not any(re.search("TOKEN|SECRET|PASSWORD", one) for one in found["Environment"])


def test_the_container_is_nobody_with_nothing_and_writes_to_its_volumes_only() -> None:
    ours = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]["hearback"]
    assert ours["read_only"] is True and ours["tmpfs"] == ["/tmp"]
    assert ours["cap_drop"] == ["ALL"] and "cap_add" not in ours and "privileged" not in ours
    assert ours["security_opt"] == ["no-new-privileges:true"]
    assert str(ours.get("user", "10001:10001")) == "10001:10001" and "pid" not in ours and "devices" not in ours
    writable = {one.split(":")[1] for one in ours["volumes"] if not one.endswith(":ro")}
    assert writable == {"/data", "/keys"}, "no socket, no folder of the machine"


def test_the_image_ends_as_nobody_and_takes_no_package_unchecked() -> None:
    found = steps()
    last = max(n for n, (word, _) in enumerate(found) if word == "FROM")
    assert [rest for word, rest in found[last:] if word == "USER"] == ["10001:10001"]
    after = [word for word, _ in found[[word for word, _ in found].index("USER") + 1 :]]
    assert after == ["WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"], "nothing is done as root after"
    installs = [one for word, rest in found if word == "RUN" for one in rest.split("&&") if "pip install" in one]
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs) and len(installs) == 3
    assert not any(word == "ADD" or "latest" in rest for word, rest in found)


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if found := shutil.which("systemd-analyze"):
        copy = tmp_path / "hearback.service"
        text = (DEPLOY / "hearback.service").read_text("utf-8")
        copy.write_text(text.replace("/opt/hearback/.venv/bin/hearback", "/bin/true"))
        said = subprocess.run([found, "verify", str(copy)], capture_output=True, text=True, check=False).stderr
        assert "hearback.service:" not in said
