"""The period at a glance: key figures, with earlier periods beside them and how they changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from casework.procedure import Profile
from casework.report_model import Cell, Column, Period, Row, Sheet
from casework.report_where import EVERYTHING, Where, has, lacks
from casework.reports import CHILDREN, COMPLAINTS, COMPLIMENTS, INFORMAL, VOICES
from casework.words import S_
from storage.report_build import Builder

Figure = Callable[[Builder, Period], Cell]


@dataclass(frozen=True, slots=True)
class Key:
    """One key figure: of any period. ``change``: its change is shown in percent too."""

    code: str
    label: str
    figure: Figure
    change: bool = True


def records(where: Where, by: str = "filed") -> Figure:
    """How many records. ``by``: the day that puts one into a period."""
    return lambda b, period: b.cell(b.of(where, period, by))


def people(where: Where) -> Figure:
    """How many people sent them; whoever sent several is one."""
    return lambda b, period: b.people(b.of(where, period))


def share(where: Where, of: Where, *, left_out: bool = False) -> Figure:
    """The percentage of ``of`` for which ``where`` holds. ``left_out``: without ends the profile leaves out."""

    def figure(b: Builder, period: Period) -> Cell:
        whole = b.of(of & (b.without if left_out else EVERYTHING), period)
        return b.share(whole & where, whole)

    return figure


def mean(fact: str, where: Where, by: str = "filed") -> Figure:
    """The average of a number that is known of each record, such as days; records without it do not count."""

    def figure(b: Builder, period: Period) -> Cell:
        records = b.of(where & has(fact), period, by)
        return _average(b, fact, records)

    return figure


def _average(b: Builder, fact: str, records: Where) -> Cell:
    number, total = b.counts.sum(fact, b.counts.mask(records))
    if not number:
        return Cell(None)
    return Cell(Decimal(str(total)) / number, of=number, where=records.query)


def keys(profile: Profile) -> tuple[Key, ...]:
    """The key figures of an organisation."""
    first = next(iter(profile.stages), "")
    found = [
        Key("complaints", S_("Complaints received"), records(COMPLAINTS)),
        Key("complaints_people", S_("People who complained"), people(COMPLAINTS)),
        Key("complaints_children", S_("Complaints from children and young people"), records(COMPLAINTS & CHILDREN)),
        Key("informal", S_("Informal feedback received"), records(INFORMAL)),
        Key("informal_children", S_("Informal feedback from children and young people"), records(INFORMAL & CHILDREN)),
        Key("compliments", S_("Compliments received"), records(COMPLIMENTS)),
        Key("advocates", S_("Requests for an advocate"), records(has("kind", "advocate"))),
        Key("upheld", S_("Complaints upheld or partly upheld"), records(COMPLAINTS & has("upheld", "yes"))),
        Key(
            "upheld_percent",
            S_("Upheld or partly upheld, of complaints received (%)"),
            share(has("upheld", "yes"), COMPLAINTS, left_out=True),
            change=False,
        ),
    ]
    if first:
        fact, both = f"timescale.{first}", has(f"timescale.{first}", "met", "missed") & lacks("undated")
        found += [
            Key("met", S_("Answered within the limit"), records(COMPLAINTS & has(fact, "met") & lacks("undated"))),
            Key(
                "missed",
                S_("Answered outside the limit"),
                records(COMPLAINTS & has(fact, "missed") & lacks("undated")),
            ),
            Key(
                "met_percent",
                S_("Answered within the limit, of those answered (%)"),
                share(has(fact, "met"), COMPLAINTS & both, left_out=True),
                change=False,
            ),
            Key(
                "missed_percent",
                S_("Answered outside the limit, of those answered (%)"),
                share(has(fact, "missed"), COMPLAINTS & both, left_out=True),
                change=False,
            ),
            Key(
                "days",
                S_("Working days to an answer, on average"),
                mean(f"days.{first}", COMPLAINTS & lacks("undated")),
            ),
        ]
    found += [
        Key(f"asked_{stage}", S_("People asked to go to a later stage: {stage}"), records(EVERYTHING, f"asked.{stage}"))
        for stage in tuple(profile.stages)[1:]
    ]
    if profile.ombudsman:
        found.append(Key("ombudsman", S_("Decisions of the ombudsman"), records(EVERYTHING, "ombudsman_day")))
    found.append(Key("discrimination", S_("Discrimination alleged"), records(VOICES & has("discrimination"))))
    found.append(Key("unfinished", S_("Begun, and never sent"), records(has("kind", "unfinished"))))
    return tuple(found)


def glance(b: Builder) -> Sheet:
    """Key figures, earlier periods beside them, and how they changed."""
    named = []
    for key in keys(b.profile):
        stage = b.profile.stages.get(key.code.removeprefix("asked_"))
        said = b.say(key.label, stage=stage.name.said(b.voice.language)) if stage else b.say(key.label)
        named.append((key, said))
    return over_years(b, "glance", b.say("The period at a glance"), named, "glance")


def over_years(b: Builder, code: str, title: str, keys: Sequence[tuple[Key, str]], part: str, note: str = "") -> Sheet:
    """A sheet of figures of all sorts, one column a period; a period of which nothing is known has none."""
    then = {one: [b.brought(code, key.code, "", one) or key.figure(b, one) for key, _ in keys] for one in b.compared}
    known = [one for one, cells in then.items() if b.here(one) or any(cell.value for cell in cells)]
    columns = [Column(f"figure.{one.since}", one.name, "other", one) for one in known]
    columns.append(Column("figure", b.period.name, "other", b.period))
    if known:
        columns += [
            Column("change", b.say("Change"), "other"),
            Column("change_percent", b.say("Change (%)"), "percent"),
        ]
    rows = []
    for at, (key, label) in enumerate(keys):
        cells = [*(then[one][at] for one in known), key.figure(b, b.period)]
        rows.append(Row(key.code, label, (*cells, *_changes(cells, key.change)) if known else tuple(cells)))
    return Sheet(code, title, b.say("Figure"), tuple(columns), tuple(rows), note=note, sums=False, part=part)


def _changes(cells: Sequence[Cell], shown: bool) -> tuple[Cell, Cell]:
    """The change on the period before: in figures, and in percent."""
    before, now = cells[-2].value, cells[-1].value
    if not isinstance(before, (int, Decimal)) or not isinstance(now, (int, Decimal)):
        return Cell(None), Cell(None)
    share = Cell(Decimal(100) * (Decimal(now) - Decimal(before)) / Decimal(before)) if shown and before else Cell(None)
    return Cell(now - before), share
