"""What stands in deploy/ is so: its files exist, and what they start is ours. Settings: tests/test_documentation.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.channels.webchat.site import Place
from bot.cli.wizard import PROXY
from bot.config import Settings, load
from casework import procedure

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


def test_compose_runs_the_container_of_ours_with_its_keys_apart() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    ours = compose["services"]["hearback"]
    assert (DEPLOY / ".." / ours["build"]["dockerfile"]).exists()
    assert ours["read_only"] and ours["cap_drop"] == ["ALL"]
    assert ours["environment"]["HEARBACK_DEMO"] == "no"
    assert {"data:/data", "keys:/keys"} <= set(ours["volumes"])
    (health,) = re.findall(r"^HEALTHCHECK .* CMD (\[.+\])$", (DEPLOY / "Containerfile").read_text("utf-8"), re.M)
    assert ours["healthcheck"]["test"] == ["CMD", *yaml.safe_load(health)]
    assert compose["networks"]["inside"]["internal"], "nobody reaches the database from outside"
    assert "ports" not in ours and "ports" not in compose["services"]["db"]
    for one in compose["services"].values():
        assert all(volume.partition(":")[0].startswith((".", *compose["volumes"])) for volume in one.get("volumes", ()))
        assert set(one.get("secrets", ())) <= set(compose["secrets"])


def test_what_is_shipped_names_its_proxy_so_that_not_everybody_seems_to_come_from_one_address() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    ((network,),) = [[one["subnet"] for one in compose["networks"]["outside"]["ipam"]["config"]]]
    assert compose["services"]["hearback"]["environment"]["HEARBACK_PROXIES"] == network
    for one in ("hearback", "caddy"):
        assert "outside" in compose["services"][one]["networks"]
    others = compose["services"].keys() - {"hearback", "caddy"}
    assert not any("outside" in compose["services"][one].get("networks", ()) for one in others), (
        "these are believed too"
    )
    (proxies,) = re.findall(r"^Environment=HEARBACK_PROXIES=(\S+)$", (DEPLOY / "hearback.service").read_text(), re.M)
    assert proxies == PROXY and "X-Forwarded-For $remote_addr;" in (DEPLOY / "nginx.conf").read_text("utf-8")
    for name in ("Caddyfile", "nginx.conf"):
        assert re.search(rf"HEARBACK_PROXIES\b.*\b{PROXY}", (DEPLOY / name).read_text("utf-8")), name
    assert load(proxies=PROXY).proxies == ("127.0.0.1", "::1")


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_leads_here_and_writes_no_access_log(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    told = re.sub(r"#.*", "", text)
    assert told.count("{") == told.count("}")
    assert f"127.0.0.1:{Settings.model_fields['port'].default}" in told
    assert "access_log off" in told if name == "nginx.conf" else "log" not in told.replace("{$", "")
    assert name != "nginx.conf" or re.search(r"error_log \S+ crit;", told), "errors name who asked from where"


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_a_proxy_shows_where_help_is_while_hearback_is_away(name: str) -> None:
    told = re.sub(r"#.*", "", (DEPLOY / name).read_text("utf-8"))
    assert "/ready" not in told and "health" not in told, "a full disk must not take the only one away"
    assert "proxy_intercept_errors" not in told, "what Hearback says itself is passed on"
    assert re.search(r"502[, ]+503[, ]+504", told) and "/away.html" in told and "no-store" in told
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert "./away.html:/etc/caddy/away.html:ro" in compose["services"]["caddy"]["volumes"]


def test_the_page_of_a_proxy_says_where_help_is_in_plain_words() -> None:
    text = (DEPLOY / "away.html").read_text("utf-8")
    lines = {line.id: line for line in procedure.load("dudley").help_lines}
    for one in ("emergency", "childline"):
        number = lines[one].number
        assert f'href="tel:{number.replace(" ", "")}">{number}</a>' in text
    assert f'href="{Place("x", "x").leave_to}" rel="noreferrer"' in text
    assert "<script" not in text and re.findall(r'(?:src|href)="(?!tel:)(.+?)"', text) == [Place("x", "x").leave_to]
    said = re.sub(r"<style>.*?</style>|</?a\b[^>]*>", "", text, flags=re.DOTALL)
    sentences = [one.split() for one in re.split(r"[.?!]\s|<[^>]+>", said)]
    assert max(map(len, sentences)) <= 18, "plain words: short sentences"
