"""Which procedure a record is under: the organisation's own now, or the version it was opened under.

A profile that changes under open records does not change their stages, moves or limits: each keeps its version.
Working days are the exception. They are those of the organisation now, so that a new bank holiday counts for all:
its profile's, and those its staff have added (``storage.own_holidays``). The ways in are its own now as well: its
profile's entries, and its campaigns (``storage.campaigns``).

What staff set up is read again when somebody, in whatever process, has changed it: every transaction of the writer
first looks at one mark (``refresh``), and no process goes longer without one than its look at the jobs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from casework.calendar import bank_holidays
from casework.procedure import Profile
from casework.saved import from_json, to_json
from storage import campaigns, models, models_clocks, own_holidays
from storage.campaigns import Campaign
from storage.database import Database
from storage.ids import new_id
from storage.models import table

_VERSION = table(models_clocks.ProfileVersion)
_META = table(models.Meta)
#: The mark that changes whenever staff change what is read here.
_MARK = "set_up"
_LOOK = select(_META.c.value).where(_META.c.name == _MARK)
#: The years whose bank holidays a change is looked for in.
YEARS = range(2020, 2036)


@dataclass(frozen=True)
class _SetUp:
    """What staff have set up, as of a mark; taken for another as a whole, since many threads read it."""

    mark: str = ""
    days: Mapping[str, Mapping[date, bool]] = field(default_factory=dict)
    campaigns: Mapping[str, Mapping[str, Campaign]] = field(default_factory=dict)
    now: Mapping[str, Profile] = field(default_factory=dict)
    kept: dict[tuple[str, str], Profile] = field(default_factory=dict)


class Procedures:
    """The profiles of a deployment, by organisation, and every version that a record was opened under."""

    def __init__(self, database: Database, profiles: Mapping[str, Profile]) -> None:
        self._database = database
        self.profiles = profiles
        self._plain: dict[tuple[str, str], Profile] = {}
        self._set_up = _SetUp(now=profiles)

    def __getitem__(self, organisation: str) -> Profile:
        """The organisation's procedure as its file has it. KeyError when this deployment does not serve it."""
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

    # What staff set up -----------------------------------------------------------------------------

    def refresh(self, db: Connection) -> None:
        """Read what staff have set up when its mark is another one."""
        mark = db.execute(_LOOK).scalar() or ""
        if mark == self._set_up.mark:
            return
        days = own_holidays.loaded(db)
        now = {name: own_holidays.with_days(one, days.get(name, {})) for name, one in self.profiles.items()}
        self._set_up = _SetUp(mark, days, campaigns.loaded(db), now)

    def changed(self, db: Connection) -> None:
        """Staff have changed something in this transaction: every process reads it again."""
        mark = str(new_id())
        if not db.execute(update(_META).where(_META.c.name == _MARK).values(value=mark)).rowcount:
            db.execute(insert(_META), {"name": _MARK, "organisation": "", "value": mark})
        self.refresh(db)

    def now(self, organisation: str) -> Profile:
        """The organisation's procedure with its working days of now. KeyError when it is not served here."""
        return self._set_up.now[organisation]

    def own_days(self, organisation: str) -> Mapping[date, bool]:
        """The days its staff have added: day -> whether it works then."""
        return self._set_up.days.get(organisation, {})

    def calendar_of(self, organisation: str) -> str:
        """Sixteen hex digits that change when a working day of the organisation does."""
        return calendar_of(self.now(organisation))

    def campaign(self, organisation: str, code: str) -> Campaign | None:
        """A campaign by its code in any case."""
        return self._set_up.campaigns.get(organisation, {}).get(code.casefold())

    def entries(self, organisation: str) -> Mapping[str, Mapping[str, str]]:
        """Keyword -> what it preselects, of the profile and of the campaigns: as they are whenever it is asked."""
        return _Entries(self, organisation)

    def counted(self, organisation: str, code: str, day: date) -> dict[str, tuple[str, ...]]:
        """The facts of a record sent on ``day`` by a campaign's way in; a campaign that nobody knows is none."""
        if found := self.campaign(organisation, code):
            time = found.time(day)
            return {"campaign": (found.code,), "campaign_time": (time,) if time else ()}
        profile = self.profiles[organisation]
        known = {entry.get("campaign") for entry in profile.entries.values()}
        known |= {*profile.listed("fundraising"), *profile.listed("campaigns")}
        return {"campaign": (code,) if code in known else ()}

    # Versions --------------------------------------------------------------------------------------

    def under(self, organisation: str, version: str) -> Profile:
        """A version as it was, with the working days of now. LookupError when it was never written down."""
        set_up, key = self._set_up, (organisation, version)
        now = set_up.now.get(organisation)
        if now is not None and self.profiles[organisation].version == version:
            return now
        if key not in set_up.kept:
            plain = self.plain(organisation, version)
            set_up.kept[key] = own_holidays.with_days(plain, set_up.days.get(organisation, {}))
        return set_up.kept[key]

    def plain(self, organisation: str, version: str) -> Profile:
        """A version with its organisation's working days as its file has them, without what staff have added."""
        own = self.profiles.get(organisation)
        if own is not None and own.version == version:
            return own
        if (organisation, version) not in self._plain:
            with self._database.reading() as db:
                where = (_VERSION.c.organisation == organisation, _VERSION.c.version == version)
                text = db.execute(select(_VERSION.c.text).where(*where)).scalar()
            if text is None:
                raise LookupError(f"the procedure {version} of {organisation} was not kept")
            kept = from_json(text)
            if own is not None:
                kept = replace(kept, extra_holidays=own.extra_holidays, not_holidays=own.not_holidays)
            self._plain[organisation, version] = kept
        return self._plain[organisation, version]


class _Entries(Mapping[str, Mapping[str, str]]):
    """The ways in of an organisation, read anew each time; a keyword in any case."""

    def __init__(self, procedures: Procedures, organisation: str) -> None:
        self._procedures, self._organisation = procedures, organisation

    def _all(self) -> Mapping[str, Mapping[str, str]]:
        own = {word.casefold(): entry for word, entry in self._procedures[self._organisation].entries.items()}
        made = self._procedures._set_up.campaigns.get(self._organisation, {})
        return {code: one.entry for code, one in made.items()} | own

    def __getitem__(self, keyword: str) -> Mapping[str, str]:
        return self._all()[keyword.casefold()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def calendar_of(profile: Profile) -> str:
    """Sixteen hex digits that change when a working day of the organisation does."""
    days = [day for year in YEARS for day in sorted(bank_holidays(profile.nation, year))]
    parts = (days, sorted(profile.extra_holidays), sorted(profile.not_holidays))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
