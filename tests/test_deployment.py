"""Which organisations are served, and what is said of a profile that cannot be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from bot import deployment
from bot.config import BadSettings, Settings
from casework.dues import dues


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def test_all_that_can_be_served_unless_some_are_chosen() -> None:
    assert len(deployment.profiles(settings())) == 5
    assert list(deployment.profiles(settings(organisations=("sandwell", "dudley")))) == ["sandwell", "dudley"]


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('base = "dudley"\nname = "Ours"\n', encoding="utf-8")
    found = deployment.profiles(settings(profiles=tmp_path, organisations="ours"))
    assert str(found["ours"].name) == "Ours"
    assert "ours" in deployment.profiles(settings(profiles=tmp_path))


@pytest.mark.parametrize(
    ("chosen", "said"), [("dudly", "Did you mean “dudley”"), ("england-statutory", r"no \[duty\]")]
)
def test_what_is_no_organisation_is_refused(chosen: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        deployment.profiles(settings(organisations=chosen))


def test_a_broken_profile_is_named(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('base = "dudley"\nnayme = "Ours"\n', encoding="utf-8")
    with pytest.raises(BadSettings, match="nayme"):
        deployment.profiles(settings(profiles=tmp_path))


def test_an_organisation_without_help_in_danger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('base = "dudley"\nname = "Ours"\n[help]\nchildline = false\n', encoding="utf-8")
    with pytest.raises(BadSettings, match="no help line childline"):
        deployment.profiles(settings(profiles=tmp_path, organisations="ours"))


def test_what_is_promised_when_something_is_filed() -> None:
    found = deployment.profiles(settings())
    filed = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    assert dues(found["childrens-links"], "complaint", filed)["acknowledge_by"] == dt.date(2026, 11, 27)
    assert dues(found["dudley"], "complaint", filed)["answer_by"] == dt.date(2026, 12, 4)
    for kind in ("complaint", "informal", "compliment", "advocate", "person"):
        for profile in found.values():
            assert dues(profile, kind, filed)["acknowledge_by"] > filed.date()
