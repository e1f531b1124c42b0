"""The lines of a table: each a code, a name, and the facts that put a record on it.

A dimension is a function of the profile and the period. A record may stand on several lines (themes); one that is on
none stands on the last, "not recorded", so that nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from casework import report_words as words
from casework.calendar import DAY, add_months
from casework.offer import Item, Name
from casework.procedure import Profile
from casework.report_facts import bands
from casework.report_model import Period
from casework.report_where import EVERYTHING, Where, between, has, lacks
from casework.words import S_

Label = Name | str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``missing``: of the records that say nothing; it is left out where there are none."""

    code: str
    label: Label
    where: Where = EVERYTHING
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What the lines are made for.

    campaigns  code -> name; ``tongues``: language -> name, of those that came
    month      what the month of a day is called
    """

    profile: Profile
    period: Period
    campaigns: Mapping[str, str]
    tongues: Mapping[str, str]
    month: Callable[[date], str] = "{:%Y-%m}".format

    @property
    def first(self) -> str:
        """The first stage of the procedure, "" without any."""
        return next(iter(self.profile.stages), "")


Dimension = Callable[[Frame], tuple[Line, ...]]


def _coded(fact: str, names: Mapping[str, Label]) -> tuple[Line, ...]:
    lines = (Line(code, label, has(fact, code)) for code, label in names.items())
    return (*lines, Line("not_recorded", words.NOT_RECORDED, lacks(fact), missing=True))


def _listed(fact: str, items: Mapping[str, Item], none: str = words.NOT_RECORDED) -> tuple[Line, ...]:
    """A list of the profile. Records may hold an id, the name or an alias of it: themes are renamed."""
    lines = (Line(item.id, item.name, has(fact, *_spellings(item))) for item in items.values())
    known = [one for item in items.values() for one in _spellings(item)]
    other = Line("other_codes", S_("Under other names"), has(fact) & lacks(fact, *known), missing=True)
    return (*lines, other, Line("not_recorded", none, lacks(fact), missing=True))


def _spellings(item: Item) -> tuple[str, ...]:
    return tuple(dict.fromkeys((item.id, *item.aliases)))


def _silent(fact: str, names: Mapping[str, str]) -> tuple[Line, ...]:
    """Answers, then three kinds of no answer, never added together."""
    lines = [Line(code, label, has(fact, code)) for code, label in names.items()]
    for code, (label, values) in words.SILENT.items():
        lines.append(Line(code, label, has(fact, *values) if values else lacks(fact)))
    return tuple(lines)


# Days ------------------------------------------------------------------------------------------------


def pieces(period: Period, months: int) -> Iterator[Period]:
    """A period in pieces of whole months, from its own first day."""
    start, number = period.since, 0
    while start <= period.until:
        number += 1
        end = min(add_months(period.since, months * number) - DAY, period.until)
        yield Period(start, end, f"Q{number}" if months == 3 else f"{start:%Y-%m}")
        start = end + DAY


def _days(frame: Frame, months: int) -> tuple[Line, ...]:
    lines = (
        Line(
            piece.name,
            frame.month(piece.since) if months == 1 else piece.name,
            between("filed", piece.since, piece.until) & lacks("undated"),
        )
        for piece in pieces(frame.period, months)
    )
    return (*lines, Line("not_recorded", S_("Day not recorded"), has("undated"), missing=True))


# By what -------------------------------------------------------------------------------------------------


def _kinds(frame: Frame) -> tuple[Line, ...]:
    return tuple(
        Line(kind, _upper(name), has("kind", kind))
        for kind, name in frame.profile.kinds.items()
        if kind != "unfinished"
    )


def _upper(name: Name) -> Name:
    return Name({code: said[:1].upper() + said[1:] for code, said in name.by_language.items()})


def _services(frame: Frame) -> tuple[Line, ...]:
    services = frame.profile.services
    lines = (Line(one.id, one.name, has("services", one.id)) for one in services.values())
    other = Line("none", S_("No service named"), lacks("services", *services), missing=True)
    return (*lines, other)


def _teams(frame: Frame) -> tuple[Line, ...]:
    teams: dict[str, list[str]] = {}
    for service in frame.profile.services.values():
        if service.team:
            teams.setdefault(service.team, []).append(service.id)
    return tuple(Line(team, team, has("services", *ids)) for team, ids in sorted(teams.items()))


def _complainants(frame: Frame) -> tuple[Line, ...]:
    """The organisation's own list, each entry with the answers it stands for; what stands in no entry follows."""
    items, lines = frame.profile.listed("complainants"), []
    taken: set[str] = set()
    for item in items.values():
        codes = [code for code in words.COMPLAINANTS if code in _spellings(item)]
        codes += ["carer"] if item.id == "carer" and "carer" not in codes else []
        codes = [code for code in dict.fromkeys([*codes, *_spellings(item), *_near(item.id)]) if code not in taken]
        taken.update(codes)
        lines.append(Line(item.id, item.name, has("complainant", *codes)))
    rest = {code: label for code, label in words.COMPLAINANTS.items() if code not in taken}
    others = [Line(code, label, has("complainant", code), missing=True) for code, label in rest.items()]
    return (*lines, *others, Line("not_recorded", words.NOT_RECORDED, lacks("complainant"), missing=True))


def _near(item: str) -> tuple[str, ...]:
    """Roles that a general entry takes in."""
    return ("law", "school", "police", "health") if item == "professional" else ()


def _speakers(frame: Frame) -> tuple[Line, ...]:
    return (
        Line("child", S_("Children and young people themselves"), has("who", "child")),
        Line("for_child", S_("Somebody else for a child"), lacks("who", "child") & has("behalf", "child")),
        Line(
            "adult",
            S_("Adults about themselves or their family"),
            has("who") & lacks("who", "child") & lacks("behalf", "child"),
        ),
        Line("not_recorded", words.NOT_RECORDED, lacks("who") & lacks("behalf", "child"), missing=True),
    )


def _ages(frame: Frame) -> tuple[Line, ...]:
    """The organisation's own bands, else those that are asked for."""
    own = frame.profile.listed("age_bands")
    if not own:
        return (
            *(Line(code, label, has("age", code)) for code, (label, _, _) in words.AGES.items()),
            Line("adult", S_("Adults"), has("who") & lacks("who", "child")),
            *_no_age(),
        )
    lines = []
    for band in own.values():
        if band.id == "adult_child":
            lines.append(Line(band.id, band.name, has("who") & lacks("who", "child") & has("behalf", "child")))
        elif band.id == "adult":
            adult = has("who", "parent", "carer", "relative") & lacks("behalf", "child")
            grown = has("age", "21to25")
            lines.append(Line(band.id, band.name, adult))
            lines.append(Line("young_adult", words.AGES["21to25"][0], grown, missing=True))
        elif band.least is None and band.most is None:
            lines.append(Line(band.id, band.name, has("who", "helper", "other") & lacks("behalf", "child")))
        else:
            most = 200 if band.most is None else band.most
            codes = [c for c, (_, low, high) in words.AGES.items() if (band.least or 0) <= low and high <= most]
            lines.append(Line(band.id, band.name, has("age", *codes)))
    return (*lines, *_no_age())


def _no_age() -> tuple[Line, ...]:
    child = has("who", "child")
    return (
        Line("rather_not", S_("Would rather not say"), child & has("age", "rather_not", "skipped")),
        Line("not_asked", S_("Not asked"), child & lacks("age")),
        Line("not_recorded", words.NOT_RECORDED, lacks("who"), missing=True),
    )


def _themes(frame: Frame) -> tuple[Line, ...]:
    return _listed("theme", frame.profile.listed("themes"), S_("No theme given yet"))


def _informal_themes(frame: Frame) -> tuple[Line, ...]:
    items = frame.profile.listed("informal_themes") or frame.profile.listed("themes")
    return _listed("theme", items, S_("No theme given yet"))


def _outcomes(frame: Frame) -> tuple[Line, ...]:
    items = {code: item for code, item in frame.profile.listed("outcomes").items() if code not in ("withdrawn", "open")}
    lines = _listed("outcome", items, S_("Not decided yet"))
    names = frame.profile.listed("outcomes")
    gone = Line("withdrawn", names["withdrawn"].name if "withdrawn" in names else S_("Withdrawn"), _WITHDRAWN)
    still = S_("Not decided yet") if "open" not in names else names["open"].name
    found = [line for line in lines if line.code != "not_recorded"]
    open_ = Line("not_decided", still, lacks("outcome") & lacks("stands", "withdrawn"), missing=True)
    return (*found, gone, open_)


#: Taken back before anything was decided.
_WITHDRAWN = lacks("outcome") & has("stands", "withdrawn")


def _timescale(frame: Frame) -> tuple[Line, ...]:
    fact = f"timescale.{frame.first}"
    lines = [Line(code, label, has(fact, code) & lacks("undated")) for code, label in words.TIMESCALE.items()]
    ended = Line("ended", S_("Ended without an answer"), lacks(fact) & lacks("undated"), missing=True)
    return (*lines, ended, Line("not_recorded", words.NOT_RECORDED, has("undated"), missing=True))


def _bands(frame: Frame) -> tuple[Line, ...]:
    fact = f"band.{frame.first}"
    lines = (Line(band.id, band.name, has(fact, band.id) & lacks("undated")) for band in bands(frame.profile))
    clock, none = f"timescale.{frame.first}", lacks(fact) & lacks("undated")
    still = Line("open", S_("Not answered yet"), none & has(clock, "running", "paused"), missing=True)
    ended = Line("ended", S_("Ended without an answer"), none & lacks(clock, "running", "paused"), missing=True)
    return (*lines, still, ended, Line("not_recorded", words.NOT_RECORDED, has("undated"), missing=True))


def _acknowledged(frame: Frame) -> tuple[Line, ...]:
    return (
        Line("met", words.TIMESCALE["met"], has("acknowledged", "met")),
        Line("missed", words.TIMESCALE["missed"], has("acknowledged", "missed")),
        Line("not_recorded", S_("Not acknowledged yet, or not recorded"), lacks("acknowledged"), missing=True),
    )


def _sources(frame: Frame) -> tuple[Line, ...]:
    """Who compliments come from: as recorded, else by who gave them where an entry has that code."""
    lines = []
    items = frame.profile.listed("compliment_sources")
    for item in items.values():
        lines.append(Line(item.id, item.name, has("compliment_source", *_spellings(item))))
    return (*lines, Line("not_recorded", words.NOT_RECORDED, lacks("compliment_source"), missing=True))


def _stages(frame: Frame) -> tuple[Line, ...]:
    return tuple(Line(code, stage.name, has("reached", code)) for code, stage in frame.profile.stages.items())


def _list(name: str, fact: str) -> Dimension:
    return lambda frame: _listed(fact, frame.profile.listed(name))


def _said(fact: str, names: Mapping[str, str]) -> Dimension:
    return lambda frame: _coded(fact, names)


def _asked(fact: str, names: Mapping[str, str]) -> Dimension:
    return lambda frame: _silent(fact, names)


#: Name -> its lines.
DIMENSIONS: Mapping[str, Dimension] = {
    "kind": _kinds,
    "month": lambda frame: _days(frame, 1),
    "quarter": lambda frame: _days(frame, 3),
    "channel": _said("channel", words.CHANNELS),
    "language": lambda frame: _coded("language", dict(frame.tongues)),
    "service": _services,
    "team": _teams,
    "complainant": _complainants,
    "speaker": _speakers,
    "age": _ages,
    "adult_age": _asked("adult_age", words.ADULT_AGES),
    "disability": _asked("disability", words.YES_NO),
    "ethnicity": _asked("ethnicity", words.ETHNICITIES),
    "theme": _themes,
    "informal_theme": _informal_themes,
    "outcome": _outcomes,
    "upheld": lambda frame: (
        *(line for line in _coded("upheld", words.UPHELD) if not line.missing),
        Line("not_decided", S_("Not decided yet"), lacks("upheld"), missing=True),
    ),
    "remedy": _list("remedies", "remedy"),
    "promised": _said("promised", words.PROMISED),
    "resolution": _list("resolutions", "resolution"),
    "informal_reason": _list("informal_reasons", "informal_reason"),
    "timescale": _timescale,
    "band": _bands,
    "acknowledged": _acknowledged,
    "extension": _list("extension_reasons", "extension"),
    "stage": _stages,
    "mediation": _list("mediation_results", "mediation"),
    "ombudsman": _list("ombudsman_results", "ombudsman"),
    "advocate": _said("advocate", words.ADVOCATE),
    "advocacy": _said("advocacy", words.ADVOCACY),
    "advocate_who": _list("advocacy_who", "advocacy_who"),
    "advocate_why": _list("advocacy_why_not", "advocate_why"),
    "route": lambda frame: tuple(
        Line(code, route.name, has("route", code)) for code, route in frame.profile.routes.items()
    ),
    "source": _sources,
    "discrimination": _said("discrimination", words.CHARACTERISTICS),
    "flag": _said(
        "flag",
        {"agency_staff": S_("Agency or temporary staff involved"), "partner_agency": S_("Partner agency involved")},
    ),
    "fundraising": _list("fundraising", "campaign"),
    "campaign_matter": _list("campaigns", "campaign"),
    "campaign": lambda frame: _coded("campaign", dict(frame.campaigns)),
    "stands": _said("stands", words.STANDS),
    "survey_understood": _said("survey_understood", words.PARTLY),
    "survey_listened": _said("survey_listened", words.PARTLY),
    "survey_promised": _said("survey_promised", words.DONE_YET),
    "survey_process": _said("survey_process", words.FACES),
    "survey_outcome": _said("survey_outcome", words.FACES),
}
#: Dimensions by which every table can be split.
SPLITS: Mapping[str, str] = {
    "speaker": S_("Child or adult"),
    "age": S_("Age"),
    "disability": S_("Disability"),
    "ethnicity": S_("Ethnicity"),
    "language": S_("Language"),
}


def lines(name: str, frame: Frame) -> tuple[Line, ...]:
    """The lines of a dimension. KeyError for a name that is none."""
    return DIMENSIONS[name](frame)


def years(first: date, count: int) -> Iterable[date]:
    """The first days of so many report years before the one that begins on ``first``, the oldest first."""
    return [add_months(first, -12 * back) for back in range(count, 0, -1)]
