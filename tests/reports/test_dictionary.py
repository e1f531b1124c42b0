"""The data dictionary is what the code says today."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import SQLModel

from bot.dictionary import markdown
from casework.import_fields import fields
from casework.procedure import load, shipped
from casework.reports import TABLES

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == markdown(), "hearback dictionary > docs/data-dictionary.md"


def test_nothing_is_missing() -> None:
    page = markdown()
    wanted = [*SQLModel.metadata.tables, *(table.code for table in TABLES)]
    wanted += [one.id for profile in map(load, shipped()) for one in fields(profile)]
    assert not [name for name in wanted if f"`{name}`" not in page]
    assert "filed" in page and "timescale.<stage>" in page
