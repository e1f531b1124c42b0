"""How long papers are kept: rules of an organisation's profile, each with its basis; the longest that fits holds.

The controller decides, never the bot: what is shipped in ``casework/profiles/_common.toml`` is a beginning, and an
organisation lays its own schedule over it. UK GDPR article 5(1)(e).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from casework.offer import Name

if TYPE_CHECKING:
    from casework.procedure import Profile


#: What is kept besides records -> since when its time is counted (``storage.rights_besides``). The audit is not among
#: it: its lines stay, and lose whom and what they were about as those go (docs/data-rights.md).
OF: Mapping[str, str] = {
    "staff": "the last time that they signed in, once they are shut out and no record says what they did",
    "tokens": "the end of the token or the webhook",
    "learning": "the day on which it was done, or looked at again",
    "requests": "the day on which it ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """One rule. A record fits when everything that is named fits; what is not named fits all.

    kinds     kinds of record
    services  about any of these services; "residential" is every home
    danger    with a sign of danger, or sent to safeguarding
    accused   it may accuse an adult who works with children
    stray     not for records: talks from which none came, counted from the last word
    of        not for records: one of OF
    years, months, days  how long, from the last thing that happened to the closed record
    decide    nothing goes by itself then: a person looks at it
    basis     the law or schedule that it follows, shown to staff
    """

    id: str
    name: Name
    basis: str
    kinds: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    danger: bool = False
    accused: bool = False
    stray: bool = False
    of: str = ""
    years: int = 0
    months: int = 0
    days: int = 0
    decide: bool = False

    @property
    def for_records(self) -> bool:
        """Whether records are kept by it."""
        return not (self.stray or self.of)

    def until(self, since: date) -> date:
        """The first day on which it may go, by the day of the last thing that happened."""
        year, month = divmod(since.month - 1 + self.months, 12)
        year, month = since.year + self.years + year, month + 1
        day = since.day
        while True:
            try:
                return date(year, month, day) + timedelta(days=self.days)
            except ValueError:
                day -= 1  # 29 February, 31 June: the last day of that month

    def shortest(self) -> int:
        """Its length in days, rounded down, to look no earlier than that."""
        return self.years * 365 + self.months * 28 + self.days


@dataclass(frozen=True, slots=True)
class Papers:
    """What decides how long a record is kept."""

    kind: str
    services: Collection[str] = ()
    danger: bool = False
    accused: bool = False

    def fits(self, rule: Keep) -> bool:
        """Whether a rule is for this record: all that it asks for is so; what it leaves empty may be anything."""
        return (
            rule.for_records
            and (not rule.kinds or self.kind in rule.kinds)
            and (not rule.services or bool(set(rule.services) & set(self.services)))
            and (not rule.danger or self.danger)
            and (not rule.accused or self.accused)
        )


def rule_for(profile: Profile, papers: Papers, since: date) -> Keep | None:
    """The rule that keeps a record longest, None where none fits: then it is kept, and a person is shown it."""
    found = [rule for rule in profile.retention.values() if papers.fits(rule)]
    return max(found, key=lambda rule: (rule.until(since), rule.decide), default=None)


def stray(profile: Profile) -> Keep | None:
    """The rule for talks from which no record came."""
    return next((rule for rule in profile.retention.values() if rule.stray), None)


def besides(profile: Profile, of: str) -> Keep | None:
    """The rule for what is no record, one of OF; None where an organisation has none: then it stays."""
    return next((rule for rule in profile.retention.values() if rule.of == of), None)


def faults(rules: Mapping[str, Keep], kinds: Iterable[str]) -> Iterable[str]:
    """What is wrong with rules, as ``casework.checks`` says it."""
    known = tuple(kinds)
    for rule in rules.values():
        where = f"retention.{rule.id}"
        if min(rule.years, rule.months, rule.days) < 0 or not (rule.years or rule.months or rule.days):
            yield f"{where}: write how long, as years, months or days, for example years = 6"
        elif rule.shortest() > 120 * 366:
            yield f"{where}: longer than a life; write at most 120 years"
        if not rule.basis.strip():
            yield f"{where}.basis: name the law or the schedule that it follows"
        for kind in rule.kinds:
            if kind not in known:
                yield f"{where}.kinds: “{kind}” is not known. There are: {', '.join(known)}"
        if not rule.for_records and (rule.kinds or rule.services or rule.danger or rule.accused or rule.decide):
            what = "stray talks" if rule.stray else rule.of
            yield f"{where}: a rule for {what} has no kinds, services or people to decide: leave them out"
        if rule.of and (rule.of not in OF or rule.stray):
            yield f"{where}.of: “{rule.of}” is not known. There are: {', '.join(OF)}; “stray” is a rule of its own"
        if rule.of and any(other.of == rule.of for other in rules.values() if other.id < rule.id):
            yield f"{where}.of: there is a rule for {rule.of} already; take one of them away"
    if sum(rule.stray for rule in rules.values()) > 1:
        yield "retention: only one rule can be for stray talks"
