"""Which procedure a record is under: the organisation's own now, or the version it was opened under.

A profile that changes under open records does not change their stages, moves or limits: each keeps its version.
Working days are the exception. They are those of the organisation now, so that a new bank holiday counts for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select

from casework.calendar import bank_holidays
from casework.procedure import Profile
from casework.saved import from_json, to_json
from storage import models_clocks
from storage.database import Database
from storage.models import table

_VERSION = table(models_clocks.ProfileVersion)
#: The years whose bank holidays a change is looked for in.
YEARS = range(2020, 2036)


class Procedures:
    """The profiles of a deployment, by organisation, and every version that a record was opened under."""

    def __init__(self, database: Database, profiles: Mapping[str, Profile]) -> None:
        self._database = database
        self.profiles = profiles
        self._kept: dict[tuple[str, str], Profile] = {}

    def __getitem__(self, organisation: str) -> Profile:
        """The organisation's procedure now. KeyError when this deployment does not serve it."""
        return self.profiles[organisation]

    def keep(self, db: Connection, at: datetime) -> None:
        """Write down the profiles as they are now, each version once; before anything is filed under them."""
        known = {tuple(row) for row in db.execute(select(_VERSION.c.organisation, _VERSION.c.version))}
        new = [
            {"organisation": name, "version": profile.version, "text": to_json(profile), "at": at}
            for name, profile in self.profiles.items()
            if (name, profile.version) not in known
        ]
        if new:
            db.execute(insert(_VERSION), new)

    def under(self, organisation: str, version: str) -> Profile:
        """A version as it was, with the working days of now. LookupError when it was never written down."""
        now = self.profiles.get(organisation)
        if now is not None and now.version == version:
            return now
        if (organisation, version) not in self._kept:
            with self._database.reading() as db:
                where = (_VERSION.c.organisation == organisation, _VERSION.c.version == version)
                text = db.execute(select(_VERSION.c.text).where(*where)).scalar()
            if text is None:
                raise LookupError(f"the procedure {version} of {organisation} was not kept")
            kept = from_json(text)
            if now is not None:
                kept = replace(kept, extra_holidays=now.extra_holidays, not_holidays=now.not_holidays)
            self._kept[organisation, version] = kept
        return self._kept[organisation, version]


def calendar_of(profile: Profile) -> str:
    """Sixteen hex digits that change when a working day of the organisation does."""
    days = [day for year in YEARS for day in sorted(bank_holidays(profile.nation, year))]
    parts = (days, sorted(profile.extra_holidays), sorted(profile.not_holidays))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
