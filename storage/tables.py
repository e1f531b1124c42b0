"""Every table there is: the modules that declare them, gathered in one place."""

from __future__ import annotations

from sqlalchemy import Table
from sqlmodel import SQLModel

import storage.models
import storage.models_access
import storage.models_clocks
import storage.models_desk
import storage.models_integration
import storage.models_learning
import storage.models_published
import storage.models_reports
import storage.models_rights
import storage.models_scale
import storage.models_staff  # noqa: F401 - each of them fills the metadata

METADATA = SQLModel.metadata


def every() -> list[Table]:
    """The tables, none before one that it points to."""
    return list(METADATA.sorted_tables)
