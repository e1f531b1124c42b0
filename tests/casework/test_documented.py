"""A field of a profile that is not documented fails here."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from casework.offer import Duty, Face, HelpLine, Item, Service
from casework.procedure import Clock, Mediation, Ombudsman, Profile, Role, Route, Stage

DOCS = (Path(__file__).parents[2] / "docs" / "procedures.md").read_text("utf-8")
SHAPES = (Profile, Clock, Duty, Face, HelpLine, Item, Mediation, Ombudsman, Role, Route, Service, Stage)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_field_is_documented(shape: type) -> None:
    missing = [field.name for field in fields(shape) if f"`{field.name}`" not in DOCS]
    assert not missing
