"""Stores on both engines, and PostgreSQL alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.conftest import _no_proxy, provider, twilio
from tests.storage.conftest import Site, made, postgres, site, sqlite_site, sqlite_template

__all__ = ["_no_proxy", "postgres", "provider", "site", "sqlite_site", "sqlite_template", "twilio"]


@pytest.fixture
def postgres_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with made("postgres", request.getfixturevalue, tmp_path) as site:
        yield site


@pytest.fixture(scope="session")
def fresh() -> Any:
    """Starts processes that have everything imported, quickly."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.crowd", "tests.storage.plainworld"])
    return context
