"""Opens the store as the settings say, with what goes wrong in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.config import PREFIX, BadSettings, Settings
from bot.world import OrganisationWorld
from casework.calendar import Calendar
from casework.procedure import Profile
from flows.session import World
from storage import store
from storage.database import cause
from storage.store import Store

MB = 1024 * 1024


def open_store(settings: Settings, worlds: Mapping[str, World], profiles: Mapping[str, Profile]) -> Store:
    """Migrate and open, making database and keys when there are none.

    Raises BadSettings when something cannot be opened, KeyRingMissing or KeyRingWrong when the keys do not fit.
    """
    try:
        shown = make_url(settings.database_url).render_as_string(hide_password=True)
    except ArgumentError:
        raise BadSettings(f"{PREFIX}DATABASE is not a database URL; see docs/configuration.md.") from None
    try:
        opened = store.open_store(
            settings.database_url,
            key_ring=settings.ring_file,
            key_store=settings.key_store_url,
            media=settings.media_folder,
            worlds=worlds.__getitem__,
            profiles=profiles,
            replica=settings.replica,
        )
    except ValueError as error:
        raise BadSettings(f"{PREFIX}DATABASE, {PREFIX}KEY_STORE or {PREFIX}REPLICA: {error}.") from error
    except (SQLAlchemyError, OSError) as error:
        if cause(error).endswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise BadSettings(
                f"The database {shown} or its store of keys is damaged. Keep the files as they are, and restore the "
                "last backup in a new folder: hearback restore; docs/backup.md says how."
            ) from error
        raise BadSettings(
            f"The database {shown}, its keys in {settings.keys_folder} or the folder {settings.media_folder} cannot be "
            f"opened ({type(error).__name__}). Is it running, is the address right, may this program write there, "
            "is the disk full?"
        ) from error
    opened.media.limit = settings.media_mb * MB
    opened.media.scanned = bool(settings.clamd)
    for name, world in worlds.items():
        if isinstance(world, OrganisationWorld):
            world.calendar = partial(_calendar, opened, name)
    return opened


def _calendar(opened: Store, organisation: str) -> Calendar:
    return opened.procedures.now(organisation).calendar
