"""Every table there is: the modules that declare them, gathered in one place."""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import SQLModel

from storage import (
    models,
    models_access,
    models_alike,
    models_clocks,
    models_desk,
    models_integration,
    models_learning,
    models_published,
    models_reports,
    models_rights,
    models_scale,
    models_staff,
)

#: Each of them fills the metadata; a new one is named here and nowhere else.
MODULES = (
    models,
    models_access,
    models_alike,
    models_clocks,
    models_desk,
    models_integration,
    models_learning,
    models_published,
    models_reports,
    models_rights,
    models_scale,
    models_staff,
)
METADATA = SQLModel.metadata


def every() -> list[Table]:
    """The tables, none before one that it points to."""
    return list(METADATA.sorted_tables)
