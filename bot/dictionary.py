"""The data dictionary, made from the code: facts and their values, tables of reports, import columns, tables of the
database. ``docs/data-dictionary.md`` is what this prints; a test compares the two.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from sqlmodel import SQLModel

from casework import report_facts, reports
from casework.import_fields import fields
from casework.import_totals import COLUMNS
from casework.procedure import LISTS, load, shipped
from flows.scripts import FLOWS
from flows.steps import Choose, Question
from storage import models, tables

#: Facts that are no answers and follow from no event: what each says.
OWN = {
    "kind": "What it is: " + ", ".join(("complaint", "informal", "compliment", "advocate", "person", "unfinished")),
    "was": "The kind it was, where it became a complaint",
    "channel": "How it came",
    "language": "The language it was said in",
    "organisation": "Whose record it is",
    "procedure": "The procedure it is under",
    "consider": "What a person should consider about where it belongs",
    "campaign": "The campaign it counts to; campaign_time: early or late",
    "late": "yes: what happened lies more than twelve months back",
    "easy": "yes: easy words were asked for",
    "pictures": "said: told by tapping pictures",
    "entered": "staff: entered by a member of staff; import: brought from another system",
    "undated": "yes: nobody knows the day; it counts in its report year and in no month",
    "person": "A keyed hash that is the same for the same person, where an import or staff know; never a name",
    "complainant": "Who complains: who, or the role of somebody who works with children",
    "compliment_source": "Who a compliment comes from (lists.compliment_sources)",
    "informal_reason": "Why it is taken as informal (lists.informal_reasons)",
    "theme": "Its themes (lists.themes, lists.informal_themes)",
    "outcome": "What was decided about its points (lists.outcomes)",
    "remedy": "What was promised (lists.remedies)",
    "route": "Where it was sent besides or instead (routes)",
    "flag": "What it is marked with: agency_staff, partner_agency, staff_safety, discrimination, campaign",
    "consent": "What the child or the person spoken for says",
    "extension": "Why a limit was extended (lists.extension_reasons)",
    "mediation": "How mediation ended (lists.mediation_results)",
    "ombudsman": "What the ombudsman decided (lists.ombudsman_results)",
    "resolution": "How local resolution ended (lists.resolutions)",
    "advocacy": "What came of the offer of an advocate",
    "advocacy_who": "Who the advocate is (lists.advocacy_who)",
    "unhappy": "Somebody who is not happy waits to hear what can be done",
    "celebrated": "yes: it stands on the board",
}


def markdown() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Made from the code by `hearback dictionary`; do not edit it. Reports count **facts**: coded values without"
    yield "words, kept in the transaction of what happened, which survive when a person is erased."
    yield ""
    yield "## Facts that are answers"
    yield ""
    yield "A fact has the id of its question. `skipped`: the question was left out; `said`: answered in words, which"
    yield "are not counted. No fact at all: it was not asked."
    yield ""
    yield "| fact | question | values |"
    yield "|---|---|---|"
    for step, (label, values) in sorted(_answers().items()):
        yield f"| `{step}` | {_plain(label)} | {', '.join(f'`{one}`' for one in values) or 'in words'} |"
    yield ""
    yield "## Facts that follow from what happened"
    yield ""
    yield "| fact | what it says |"
    yield "|---|---|"
    for fact, what in sorted({**OWN, **_derived()}.items()):
        yield f"| `{fact}` | {_plain(what)} |"
    yield ""
    yield "## Tables of reports"
    yield ""
    yield "What counts is written as in the link to the records behind a figure (`docs/reports.md`)."
    yield ""
    yield "| table | title | lines | columns | what counts |"
    yield "|---|---|---|---|---|"
    for table in reports.TABLES:
        counts = str(table.where) or "everything"
        lines = f"{_plain(table.title)} | {table.rows} | {table.across or 'periods'}"
        yield f"| `{table.code}` | {lines} | `{_plain(counts)}` |"
    yield ""
    yield "## Lists of a procedure"
    yield ""
    yield "Each organisation fills its own (`hearback profile show`)."
    yield ""
    yield "| list | what it holds |"
    yield "|---|---|"
    for name, what in LISTS.items():
        yield f"| `lists.{name}` | {what} |"
    yield ""
    yield "## Columns of an import"
    yield ""
    yield "`hearback import --columns` prints them for one organisation, with every value. These are of all."
    yield ""
    yield "| column | what it holds | form | values from | other headings |"
    yield "|---|---|---|---|---|"
    seen: set[str] = set()
    for profile in map(load, shipped()):
        for one in fields(profile):
            if one.id not in seen:
                seen.add(one.id)
                about = f"{one.what}{' **Needed.**' if one.needed else ''}"
                yield f"| `{one.id}` | {_plain(about)} | {one.form} | {one.source} | {', '.join(one.aliases)} |"
    yield ""
    yield "Year totals (`hearback import --totals`):"
    yield ""
    for column, what in COLUMNS.items():
        yield f"- `{column}`: {what}"
    yield ""
    yield "## Tables of the database"
    yield ""
    yield "`bytes` columns are sealed or keyed hashes; nothing that anybody said lies open."
    for model in _tables():
        yield ""
        yield f"### `{model.__tablename__}`"
        yield ""
        yield from _plain_doc(model)
        yield ""
        said = (f"`{one.name}` {_type(one.type)}{'?' if one.nullable else ''}" for one in models.table(model).columns)
        yield "Columns: " + ", ".join(said) + "."


def _answers() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Step -> what it is called, and the values it may have in any flow."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for flow in FLOWS.values():
        for step in flow.steps:
            if not isinstance(step, Question) or not step.label.plain:
                continue
            values = tuple(option.value for option in getattr(step, "options", ()))
            if isinstance(step, Choose) and step.source:
                values = (f"the {step.source} of the organisation", *values)
            label, before = found.get(step.id, (step.label.plain, ()))
            found[step.id] = (label, tuple(dict.fromkeys((*before, *values))))
    return found


def _derived() -> dict[str, str]:
    """Fact -> what it says, from the text of ``casework.report_facts``."""
    lines = re.findall(r"^    (\S+)  +(.+(?:\n {10,}.+)*)", report_facts.__doc__ or "", re.MULTILINE)
    return {fact: re.sub(r"\s+", " ", what) for fact, what in lines}


def _tables() -> list[type[SQLModel]]:
    found = {
        one.__tablename__: one
        for module in tables.MODULES
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, SQLModel) and one.__module__ == module.__name__
        and getattr(one, "__tablename__", "") in SQLModel.metadata.tables
    }  # fmt: skip
    return [found[name] for name in sorted(map(str, found))]


def _type(kind: object) -> str:
    name = type(kind).__name__
    return {
        "LargeBinary": "bytes", "String": "text", "AutoString": "text", "Moment": "time", "BigInteger": "number",
        "Integer": "number", "Boolean": "yes/no", "Date": "day", "Numeric": "number",
    }.get(name, name.lower())  # fmt: skip


def _plain(text: str) -> str:
    """A text as a cell of a table."""
    return re.sub(r"\s+", " ", text.replace("|", "\\|")).strip()


def _plain_doc(model: type[SQLModel]) -> Iterator[str]:
    """The words about a table, its columns as a list."""
    text = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
    head, _, rest = text.partition("\n\n")
    yield _plain(head).replace("\\|", "|")
    entries = re.split(r"\n(?=\S)", rest) if rest else []
    if entries:
        yield ""
    for entry in entries:
        name, _, what = entry.partition("  ")
        said = re.sub(r"\s+", " ", what).strip()
        whole = re.sub(r"\s+", " ", entry).strip()
        yield f"- {name.strip()}: {said}" if said else f"- {whole}"
