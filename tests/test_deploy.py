"""What stands in deploy/ is so: its files exist, and what they start is ours. Settings: tests/test_documentation.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.config import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def test_compose_runs_the_container_of_ours_with_its_keys_apart() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    ours = compose["services"]["hearback"]
    assert (DEPLOY / ".." / ours["build"]["dockerfile"]).exists()
    assert ours["read_only"] and ours["cap_drop"] == ["ALL"]
    assert ours["environment"]["HEARBACK_DEMO"] == "no"
    assert {"data:/data", "keys:/keys"} <= set(ours["volumes"])
    assert compose["networks"]["inside"]["internal"], "nobody reaches the database from outside"
    assert "ports" not in ours and "ports" not in compose["services"]["db"]
    for one in compose["services"].values():
        assert all(volume.partition(":")[0].startswith((".", *compose["volumes"])) for volume in one.get("volumes", ()))
        assert set(one.get("secrets", ())) <= set(compose["secrets"])


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_leads_here_and_writes_no_access_log(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    told = re.sub(r"#.*", "", text)
    assert told.count("{") == told.count("}")
    assert f"127.0.0.1:{Settings.model_fields['port'].default}" in told
    assert "access_log off" in told if name == "nginx.conf" else "log" not in told.replace("{$", "")
