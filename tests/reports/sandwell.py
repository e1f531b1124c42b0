"""Records and totals with the properties that Sandwell published, as rows of the import; every choice is fixed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from casework.import_fields import spelt
from casework.procedure import load

FIGURES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "sandwell_2020_21.toml").read_text("utf-8"))
PROFILE = load("sandwell")
#: The published tables spell some themes in other ways.
SPELT = {
    "Placement Changes": "placement",
    "Delays in sharing minutes/reports": "delay_minutes",
    "Delay in Sharing Minutes / Report and Contact Arrangements": "delay_minutes",
    "Change in Social Worker": "worker_change",
    "Support with Social Media": "social_media",
}
#: First days of the quarters.
QUARTERS = {"Q1": date(2020, 4, 1), "Q2": date(2020, 7, 1), "Q3": date(2020, 10, 1), "Q4": date(2021, 1, 4)}
#: Complaints of the two services whose share of cases held is published; the cases held that make it so.
SERVICES = {"children_in_care": (90, 918), "care_management": (80, 1702)}
YEARS = {"2018/19": "2018/19", "2019/20": "2019/20"}


def theme(name: str, source: str = "themes") -> str:
    """The code of a theme as a table spells it."""
    if name in SPELT:
        return SPELT[name]
    wanted = spelt(name).replace(" ", "")
    return next(
        item.id
        for item in PROFILE.listed(source).values()
        if wanted in {spelt(one).replace(" ", "") for one in (str(item.name), *item.aliases)}
    )


def answered(received: date, days: int) -> date:
    """The day so many working days later."""
    on = received
    while days:
        on += timedelta(days=1)
        days -= PROFILE.calendar.works(on)
    return on


def _spread(counts: dict[str, int]) -> list[str]:
    return [code for code, number in counts.items() for _ in range(number)]


def complaints() -> list[dict[str, Any]]:
    """213 complaints: themes, outcomes, quarters and limits, children, people, mediation, and what went further."""
    t = FIGURES["themes"]
    themes = {theme(name): number for name, number in t["all_formal"].items()}
    children = {theme(name): number for name, number in t["children_formal"].items()}
    upheld = {theme(name): number for name, number in t["upheld_or_partly_top_five"].items()}
    left = FIGURES["stage1"]["upheld_or_partly"]["2020/21"] - sum(upheld.values())
    for code in [one for one in themes if one not in upheld]:  # the others, so that none comes before the five
        upheld[code] = min(themes[code], left, 8)
        left -= upheld[code]
    assert not left
    rows = []
    for code, number in themes.items():
        for n in range(number):
            child, up = n < children.get(code, 0), n >= number - upheld.get(code, 0)
            rows.append({"kind": "complaint", "themes": code, "who": "child" if child else "parent"})
            rows[-1]["age"] = "12to15" if child else ""
            rows[-1]["outcome"] = ("upheld" if n % 2 else "partly_upheld") if up else "not_upheld"
    _when(rows)
    _people(rows)
    services = cycle(("assessment", "fostering", "care_leavers", "disability"))
    own = _spread({code: number for code, (number, _) in SERVICES.items()})
    for row, service in zip(rows, [*own, *islice(services, len(rows) - len(own))], strict=True):
        row["services"] = service
    _further(rows)
    for number, row in enumerate(rows):
        row |= {"source_id": f"C{number}", "channel": ("phone", "email", "letter", "web_form")[number % 4]}
    return rows


def _when(rows: list[dict[str, Any]]) -> None:
    """Received in the quarters, answered within ten working days or after them."""
    wanted = []
    for quarter, first in QUARTERS.items():
        met, missed = (FIGURES["stage1"][f"timescale_{one}"][quarter] for one in ("met", "missed"))
        wanted += [(first + timedelta(days=n % 80), 3 + n % 8 if n < met else 11 + n % 9) for n in range(met + missed)]
    # Mixed by a step that has no factor in common with their number, so that no theme has a quarter to itself.
    for n, row in enumerate(rows):
        received, days = wanted[n * 97 % len(wanted)]
        row |= {"received": received, "stage1_answered": answered(received, days), "closed": "yes"}


def _people(rows: list[dict[str, Any]]) -> None:
    """Some made two, three, four; everybody else one."""
    several = FIGURES["repeat_complainants"]
    number, adults = 0, [row for row in rows if row["who"] == "parent"]
    for word, each in (("two", 2), ("three", 3), ("four", 4)):
        for _ in range(several[word]):
            for row in adults[number : number + each]:
                row["person"] = f"P{number}"
            number += each


def _further(rows: list[dict[str, Any]]) -> None:
    m, early = FIGURES["mediation"], sorted(rows, key=lambda row: row["received"])
    results = _spread({
        "withdrew": m["withdrew"], "declined": m["declined_and_went_on"], "went_on": m["mediated_and_went_on"],
        "resolved": m["resolved"],
    })  # fmt: skip
    for row, result in zip(early[30:], results, strict=False):
        row |= {"mediation_offered": row["stage1_answered"] + timedelta(days=1), "mediation": result}
    held = {service: [row for row in early[:30] if row["services"] == service] for service in SERVICES}
    for one in FIGURES["stage2"]["rows"]:
        row = held[one["service"].lower().replace(" ", "_")].pop(0)
        row |= {
            "stage2_requested": max(row["stage1_answered"], one["terms_signed"] - timedelta(days=10)),
            "stage2_statement_agreed": one["terms_signed"],
            "stage2_reported": one["adjudicated"],
            "stage2_adjudicated": one["adjudicated"],
            "stage2_answered": one["adjudicated"],
            "stage2_working_days": one["working_days"],
            "stage2_cost": one["cost"],
            "closed": one["closed"],
        }
    # Suspended for a court case: asked for, nothing more, still open.
    row = held["care_management"].pop(0)
    row |= {"stage2_requested": row["stage1_answered"] + timedelta(days=5), "closed": ""}
    ombudsman = _spread({"upheld": 1, "initial": 2})
    for row, result in zip(early[60:], ombudsman, strict=False):
        row |= {"ombudsman": result, "ombudsman_referred": row["stage1_answered"] + timedelta(days=3)}
        row["ombudsman_decided"] = row["stage1_answered"] + timedelta(days=40)
    # Stage 3 was asked for once, and refused.
    row = next(row for row in early if row.get("stage2_answered", date.max) < date(2021, 3, 1))
    row["stage3_refused"] = row["stage2_answered"]


def informal() -> list[dict[str, Any]]:
    """23, all of children."""
    codes = {theme(name, "informal_themes"): n for name, n in FIGURES["themes"]["children_informal"].items()}
    return [
        {"source_id": f"I{n}", "kind": "informal", "themes": code, "who": "child", "age": "12to15", "channel": "app"}
        | {"received": date(2020, 4, 3) + timedelta(days=15 * n), "services": "children_in_care", "closed": "yes"}
        | {"contacted": date(2020, 4, 3) + timedelta(days=15 * n)}
        for n, code in enumerate(_spread(codes))
    ]


def compliments() -> list[dict[str, Any]]:
    """378, of which 111 from outside."""
    c, people = FIGURES["compliments"], cycle(("child", "parent", "carer", "court", "health", "school"))
    inside = c["received"]["2020/21"] - c["external"]
    sources = [*islice(people, c["external"]), *["colleague"] * inside]
    return [
        {"source_id": f"T{n}", "kind": "compliment", "compliment_source": source, "channel": "email", "closed": "yes"}
        | {"received": date(2020, 4, 1) + timedelta(days=n % 365), "services": "fostering"}
        for n, source in enumerate(sources)
    ]


def rows() -> list[dict[str, Any]]:
    """Every record of the year, days as ISO text."""
    found = [*complaints(), *informal(), *compliments()]
    return [{k: v.isoformat() if isinstance(v, date) else v for k, v in row.items() if v != ""} for row in found]


def totals() -> Iterator[dict[str, Any]]:
    """What is known of the years before, as lines of the import of totals."""
    s, year = FIGURES["stage1"], "2019/20"
    for one in ("2018/19", year):
        yield _total(one, "glance", "complaints", s["received"][one])
        yield _total(one, "glance", "upheld", s["upheld_or_partly"][one])
        yield _total(one, "glance", "upheld_percent", s["upheld_or_partly_percent"][one])
        yield _total(one, "glance", "met_percent", s["timescale_met_percent_previous"][one])
    yield _total(year, "glance", "complaints_children", s["from_children_and_young_people"][year])
    yield _total(year, "glance", "compliments", FIGURES["compliments"]["received"][year])
    yield _total(year, "glance", "informal", 33)
    yield _total(year, "stage2", "days_recorded", FIGURES["stage2"]["average_working_days"][year])
    cost = FIGURES["stage2"]["total_cost"] + FIGURES["stage2"]["less_than_previous_year"]
    yield _total(year, "stage2", "cost", cost)
    for name, number in FIGURES["themes"]["upheld_or_partly_2019_20"].items():
        yield _total(year, "themes_upheld", theme(name), number)


def _total(year: str, table: str, row: str, figure: float) -> dict[str, Any]:
    return {"year": year, "table": table, "row": row, "figure": figure}
