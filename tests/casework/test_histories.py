"""Whole case histories of every profile: stage, dues, tasks and moves at every step."""

from __future__ import annotations

import pytest

from casework.procedure import load, shipped
from tests.casework.histories import FOLDER, play


@pytest.mark.parametrize("name", shipped())
def test_histories(name: str) -> None:
    kept = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert play(load(name), kept) == kept
