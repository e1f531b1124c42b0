"""Who may do what: roles, what each may do and to which records, as data; ``may`` is the only judge.

A role gives permissions within a reach. Whoever holds several roles has what each of them gives, never more:
a team manager who is also a report reader still sees only the records of their own services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from console.words import N_
from storage.about import About

__all__ = [
    "PERMISSIONS", "REACHES", "ROLES", "About", "Reach", "Role", "User", "may", "may_in_an_emergency", "reach",
]  # fmt: skip

#: What can be permitted. A page names one of these; the record ones are asked again about the very record.
PERMISSIONS: Mapping[str, str] = {
    "records.list": N_("See lists of records and search them"),
    "records.export": N_("Export lists of records"),
    "record.view": N_("Read a record"),
    "record.work": N_("Work on a record: acknowledge, ask, talk, answer"),
    "record.reply": N_("Write to the person"),
    "record.assign": N_("Say who works on a record"),
    "record.route": N_("Send a record another way"),
    "record.decide": N_("Decide: extend, pause, escalate, close, reopen, approve a remedy, plan contact"),
    "record.enter": N_("Enter a record taken by phone, letter or in person"),
    "record.restrict": N_("Say that only few may open a record, or lift that"),
    "alerts.acknowledge": N_("Acknowledge a sign of danger"),
    "referrals.list": N_("See the referrals made to oneself as an advocate"),
    "referral.work": N_("Accept a referral, arrange it and report back"),
    "compliments.view": N_("See compliments and pass them on"),
    "reports.view": N_("Read reports"),
    "reports.write": N_("Write the words of reports, approve them, and publish"),
    "rights.manage": N_("Deal with data rights: copies, corrections, limits, holds, erasure"),
    "settings.view": N_("See the organisation's settings"),
    "settings.change": N_("Change templates, campaigns and holidays"),
    "staff.manage": N_("Add staff, change their roles, reset their sign-in"),
    "programs.manage": N_("Make and end tokens and webhooks of programs; nobody lets one read more than they may"),
    "audit.view": N_("See who did and saw what"),
}

#: How far a role reaches among the records of its own organisation.
REACHES: Mapping[str, str] = {
    "all": N_("every record"),
    "services": N_("records of their own services"),
    "danger": N_("records with a sign of danger, or sent to safeguarding"),
    "referred": N_("records referred to them"),
    "none": N_("no record"),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A role: what it is called, how far it reaches, what it may do there.

    knows  it opens restricted records within its reach too (``storage.restricting``)
    """

    name: str
    reach: str
    may: frozenset[str]
    knows: bool = False


_LOOK = "records.list records.export record.view"
_WORK = f"{_LOOK} record.work record.reply compliments.view"
ROLES: Mapping[str, Role] = {
    role: Role(name, reach, frozenset(may.split()), "record.restrict" in may.split())
    for role, name, reach, may in (
        (
            "participation",
            N_("Participation worker"),
            "all",
            f"{_WORK} record.assign record.enter alerts.acknowledge settings.view",
        ),
        (
            "officer",
            N_("Complaints officer"),
            "all",
            f"{_WORK} record.assign record.route record.enter alerts.acknowledge settings.view",
        ),
        ("manager", N_("Team manager"), "services", f"{_WORK} record.assign record.decide record.enter"),
        (
            "complaints",
            N_("Complaints manager"),
            "all",
            f"{_WORK} record.assign record.route record.decide record.enter record.restrict alerts.acknowledge "
            "reports.view "
            "reports.write rights.manage settings.view settings.change programs.manage audit.view",
        ),
        (
            "safeguarding",
            N_("Safeguarding"),
            "danger",
            f"{_LOOK} record.work record.reply record.route record.restrict alerts.acknowledge",
        ),
        ("advocate", N_("Advocate"), "referred", "referrals.list referral.work"),
        ("reports", N_("Report reader"), "none", "reports.view"),
        (
            "administrator",
            N_("Administrator"),
            "none",
            "staff.manage settings.view settings.change programs.manage audit.view",
        ),
    )
}


#: What no restriction holds back: somebody in danger is everybody's business.
FOR_ALL = frozenset({"alerts.acknowledge"})


@dataclass(frozen=True, slots=True)
class User:
    """A member of staff who is signed in. ``services``: ids of the profile's services, for a team manager."""

    id: int
    organisation: str
    name: str
    roles: frozenset[str]
    services: frozenset[str] = frozenset()
    language: str = "en"

    @property
    def permissions(self) -> frozenset[str]:
        """Everything some role of theirs permits."""
        return frozenset().union(*(ROLES[role].may for role in self.roles if role in ROLES))


@dataclass(frozen=True, slots=True)
class Reach:
    """Which records a permission reaches, for a list to be filtered by: any of these, of one organisation.

    Whoever asks a list leaves out the records that name ``staff`` as well. A reach by ``services`` ends where an adult
    who works with children may be accused: that is hidden from the whole line. Restricted records are within it where
    they are assigned or referred to ``staff`` or stand open for them in an emergency; else only as far as ``knows``
    says: "all", "danger" or "".
    """

    organisation: str
    staff: int
    all: bool = False
    services: frozenset[str] = frozenset()
    danger: bool = False
    referred: bool = False
    knows: str = ""

    @property
    def nothing(self) -> bool:
        """Whether no record at all is within it."""
        return not (self.all or self.services or self.danger or self.referred)

    def covers(self, about: About) -> bool:
        """Whether a record is within it; whom the record names is asked by ``may``."""
        return (
            about.organisation == self.organisation
            and (
                self.all
                or (bool(self.services & about.services) and not about.accused)
                or (self.danger and about.danger)
                or (self.referred and self.staff in about.referred)
            )
            and (not about.restricted or self._knows(about))
        )

    def _knows(self, about: About) -> bool:
        theirs = about.assigned | about.referred | about.opened
        return self.knows == "all" or (self.knows == "danger" and about.danger) or self.staff in theirs


def reach(user: User, permission: str) -> Reach:
    """Which records a user may use a permission on: the sum of their roles that have it."""
    mine = [ROLES[role] for role in user.roles if role in ROLES and permission in ROLES[role].may]
    reaches = {role.reach for role in mine}
    known = reaches if permission in FOR_ALL else {role.reach for role in mine if role.knows}
    return Reach(
        user.organisation,
        user.id,
        all="all" in reaches,
        services=user.services if "services" in reaches else frozenset(),
        danger="danger" in reaches,
        referred="referred" in reaches,
        knows=next((far for far in ("all", "danger") if far in known), ""),
    )


def may(user: User, permission: str, about: About | None = None) -> bool:
    """Whether a user may, ever (without a record) or with this record.

    Whoever the record is about may do nothing with it; they may read it where the person agreed to that,
    and nothing more.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"{permission!r} is no permission; see console.roles.PERMISSIONS")
    if permission not in user.permissions:
        return False
    if about is None:
        return True
    if user.id in about.named and not (permission == "record.view" and user.id in about.shown):
        return False
    return reach(user, permission).covers(about)


def may_in_an_emergency(user: User, permission: str, about: About) -> bool:
    """Whether a user might do this with a record if it were not restricted: who may open it with a reason."""
    return about.restricted and may(user, permission, replace(about, restricted=False))
