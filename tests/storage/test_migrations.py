"""The migrations' head equals the models, on both engines, from nothing and again."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlmodel import SQLModel

from storage.database import Database, behind, migrate, newest
from tests.storage.conftest import Site


def test_the_head_equals_the_models(site: Site) -> None:
    migrate(site.url)
    database = Database(site.url)
    with database.reading() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        # The tests' PostgreSQL may hold the store of data keys beside, whichever test came first.
        found = [one for one in compare_metadata(context, SQLModel.metadata) if "data_key" not in str(one)]
        assert found == []
        assert context.get_current_revision() == newest()
    assert not behind(database)
    database.close()


def test_every_row_carries_its_organisation() -> None:
    assert [name for name, table in SQLModel.metadata.tables.items() if "organisation" not in table.c] == []


def test_a_new_database_is_private(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'deep' / 'a b.db'}")
    file = tmp_path / "deep" / "a b.db"
    assert oct(file.stat().st_mode)[-3:] == "600"
    database = Database(f"sqlite:///{file}")
    assert not behind(database)
    database.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_addresses_are_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match=r"starts with sqlite:/// .* or with postgresql://"):
        Database(url)
