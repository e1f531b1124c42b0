"""The sheets that are no plain table: services and the cases they held, who was silent, people who complained again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from casework.report_model import Cell, Column, Row, Sheet
from casework.report_where import EVERYTHING, PERSONS, Is, Where, has, lacks
from casework.reports import COMPLAINTS, COMPLIMENTS, INFORMAL, VOICES
from casework.words import S_
from storage import cases_held
from storage.report_build import Builder, percent

# Services ------------------------------------------------------------------------------------------------


def services(b: Builder) -> Sheet:
    """Complaints, cases held, informal feedback and compliments of each service."""
    held = cases_held.held(b.counts.db, b.profile, cases_held.year_of(b.profile, b.period.since))
    base = b.of(COMPLAINTS, b.period)
    wanted = [one for one in b.profile.services.values() if not b.level or one.id in b.level]
    rows = [_service(b, one.id, one.name.said(b.voice.language), has("services", one.id), base, held) for one in wanted]
    none = lacks("services", *b.profile.services)
    if not b.level and (b.counts.count(base & none) or b.counts.count(b.of(VOICES & none, b.period))):
        rows.append(_service(b, "none", b.say("No service named"), none, base, held))
    note = b.say("A record about several services counts for each of them.")
    if b.profile.counts.per_service:
        rows.append(_added(rows, "counted", b.say("Counted once for each service")))
        note = b.say("A complaint about several services counts once for each; the last line counts every record once.")
    rows.append(_service(b, "total", b.say("All records"), EVERYTHING, base, held, total=True))
    columns = [
        Column(f"records.{one.since}", b.say("Complaints {period}", period=one.name), "records", one)
        for one in b.known("services")
    ]
    columns += [
        Column("records", b.say("Complaints"), "records", b.period),
        Column("percent", b.say("Complaints (%)"), "percent", b.period),
        Column("held", b.say("Cases held"), "other"),
        Column("rate", b.say("Complaints per 100 cases held"), "percent", b.period),
        Column("informal", b.say("Informal feedback"), "records", b.period),
        Column("compliments", b.say("Compliments"), "records", b.period),
    ]
    title = b.say("Complaints by service, and the cases each held")
    return Sheet(
        "services", title, b.say("Service"), tuple(columns), tuple(rows), note, sums=False, chart="bars",
        part="received", homes=True,
    )  # fmt: skip


def _service(
    b: Builder, code: str, name: str, of: Where, base: Where, held: dict[str, int], *, total: bool = False
) -> Row:
    number = sum(held.values()) if total and not b.level else held.get(code)
    records = b.counts.count(base & of)
    return Row(
        code,
        name,
        (
            *(
                b.brought("services", code, "", one) or b.cell(b.of(COMPLAINTS & of, one))
                for one in b.known("services")
            ),
            b.cell(base & of),
            percent(records, b.counts.count(base), (base & of).query),
            Cell(number or None, state="recorded figure" if number else "not recorded"),
            percent(records, number, (base & of).query) if number else Cell(None),
            b.cell(b.of(INFORMAL & of, b.period)),
            b.cell(b.of(COMPLIMENTS & of, b.period)),
        ),
        total=total,
    )


def _added(rows: Sequence[Row], code: str, label: str) -> Row:
    """The sum of lines, column by column, of counts; no list holds it, since a record may count twice."""
    cells = []
    for number in range(len(rows[0].cells) if rows else 0):
        some = [row.cells[number] for row in rows]
        whole = all(isinstance(cell.value, int) and cell.of is None and cell.state == "counted" for cell in some)
        cells.append(Cell(sum(cell.value for cell in some if isinstance(cell.value, int))) if whole else Cell(None))
    return Row(code, label, tuple(cells), total=True)


def coverage(b: Builder) -> Sheet | None:
    """Which services reported anything, and which did not."""
    if b.level or len(b.profile.services) < 2:
        return None
    rows, reported = [], 0
    for one in b.profile.services.values():
        cell = b.cell(b.of(VOICES & has("services", one.id), b.period))
        reported += bool(cell.value)
        rows.append(Row(one.id, one.name.said(b.voice.language), (cell, Cell(None))))
    whole = len(b.profile.services)
    share = Cell(Decimal(100 * reported) / whole, of=whole)
    rows.append(Row("reported", b.say("Services that reported anything"), (Cell(reported), share), total=True))
    rest = Cell(Decimal(100 * (whole - reported)) / whole, of=whole)
    rows.append(Row("silent", b.say("Services that said nothing"), (Cell(whole - reported), rest), total=True))
    goal = b.profile.counts.coverage
    note = b.say("The goal is at least {share} %.", share=goal) if goal else ""
    columns = (Column("records", b.say("Records"), "records", b.period), Column("percent", "%", "percent", b.period))
    return Sheet(
        "coverage", b.say("Services that reported anything"), b.say("Service"), columns, tuple(rows), note, sums=False,
        part="reach", homes=True,
    )  # fmt: skip


# People who complained again -------------------------------------------------------------------------


#: Line -> its name, and how many complaints somebody made.
REPEATS: Mapping[str, tuple[str, str]] = {
    "one": (S_("One complaint"), "1"),
    "two": (S_("Two complaints"), "2"),
    "three": (S_("Three complaints"), "3"),
    "four": (S_("Four complaints"), "4"),
    "more": (S_("Five or more complaints"), "5.."),
}


def repeats(b: Builder) -> Sheet:
    """People by how many complaints they made in the period."""
    rows = []
    for code, (label, number) in REPEATS.items():
        cells = []
        for one in (*b.known("repeats"), b.period):
            where = b.of(COMPLAINTS, one) & Where((Is(PERSONS, (number,)),))
            brought = b.brought("repeats", code, "", one) if one is not b.period else None
            cells.append(brought or b.people(where))
        cells.append(b.cell(b.of(COMPLAINTS, b.period) & Where((Is(PERSONS, (number,)),))))
        rows.append(Row(code, b.say(label), tuple(cells)))
    total = [
        (b.brought("repeats", "total", "", one) if one is not b.period else None) or b.people(b.of(COMPLAINTS, one))
        for one in (*b.known("repeats"), b.period)
    ]
    rows.append(Row("total", b.say("All"), (*total, b.cell(b.of(COMPLAINTS, b.period))), total=True))
    columns = [Column(f"people.{one.since}", one.name, "people", one) for one in b.known("repeats")]
    columns.append(Column("people", b.say("People"), "people", b.period))
    columns.append(Column("records", b.say("Complaints"), "records", b.period))
    note = b.say("Who is the same person is known of one talk, and where staff or an import said so; nobody is merged.")
    return Sheet(
        "repeats", b.say("People who complained more than once"), b.say("Complaints each"), tuple(columns), tuple(rows),
        note, part="who",
    )  # fmt: skip


def compliments(b: Builder) -> Sheet | None:
    """Compliments from outside and from colleagues, counted apart."""
    inside = [code for code in b.profile.listed("compliment_sources") if code in ("colleague", "internal")]
    if not inside:
        return None
    rows = []
    for code, label, where in (
        ("external", S_("From outside"), has("compliment_source") & lacks("compliment_source", *inside)),
        ("internal", S_("From colleagues"), has("compliment_source", *inside)),
        ("not_recorded", S_("Not recorded"), lacks("compliment_source")),
        ("total", S_("All"), EVERYTHING),
    ):
        cells = [
            (b.brought("compliments", code, "", one) if one is not b.period else None)
            or b.cell(b.of(COMPLIMENTS & where, one))
            for one in (*b.known("compliments"), b.period)
        ]
        rows.append(Row(code, b.say(label), tuple(cells), total=code == "total"))
    columns = [Column(f"records.{one.since}", one.name, "records", one) for one in b.known("compliments")]
    columns.append(Column("records", b.period.name, "records", b.period))
    title = b.say("Compliments from outside and from colleagues")
    return Sheet("compliments", title, b.say("From"), tuple(columns), tuple(rows), chart="stacked", part="thanks")
