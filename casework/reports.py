"""The tables of a report, as declarations: what stands on the lines, what in the columns, which records count.

To add one, add a ``Table``. The same facts that count a figure are the link to the records behind it
(``casework.report_where``), so a table needs no code. Sources: the annual reports of Dudley and
Sandwell, and the lists of each profile (``docs/reports.md``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from casework.procedure import Profile
from casework.report_model import Chart
from casework.report_where import EVERYTHING, Where, has, lacks
from casework.words import S_

#: Sections, in order.
PARTS: Mapping[str, str] = {
    "foreword": S_("Foreword"),
    "glance": S_("The period at a glance"),
    "received": S_("What was received"),
    "trends": S_("Is anything changing?"),
    "who": S_("Who spoke to us"),
    "about": S_("What it was about"),
    "times": S_("How long it took"),
    "outcomes": S_("What came of it"),
    "further": S_("Going further"),
    "voice": S_("Advocacy, and what people thought of how we dealt with it"),
    "listened": S_("How we listened"),
    "thanks": S_("Compliments"),
    "learning": S_("What we learned"),
    "equality": S_("Equality"),
    "campaigns": S_("Campaigns and fundraising"),
    "reach": S_("Who was heard, and who was silent"),
}
COMPLAINTS = has("kind", "complaint")
INFORMAL = has("kind", "informal")
COMPLIMENTS = has("kind", "compliment")
VOICES = has("kind", "complaint", "informal", "compliment")
#: What most tables are of.
CHILDREN = has("who", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table.

    rows      a dimension (``casework.report_lines.DIMENSIONS``)
    across    a dimension whose lines are the columns; "" for the periods, the earlier ones first
    where     the records that count
    by        the day that puts a record into a period
    measure   what the figures of the period are besides records: "people"; "percent" of all that count
    among     of ``across``: the columns that a percentage of is shown, and that it is of
    left_out  the percentages leave out what the profile leaves out (``Counting.without``)
    sums      a record stands on one line only, so that the lines add up to the total
    ranked    the longest line first; lines without anything are left out
    needs     it is there only for a profile with this list, "mediation", "ombudsman", "stages" or "teams"
    own       only what stands on one of its lines counts: what was not recorded is of other tables
    unless    it is left out where a narrower table (its code) shows the same figures
    only      it is there only where it counts anything, now or before
    """

    code: str
    title: str
    part: str
    stub: str
    rows: str
    across: str = ""
    where: Where = EVERYTHING
    by: str = "filed"
    measure: tuple[str, ...] = ("percent",)
    among: tuple[str, ...] = ()
    left_out: bool = False
    sums: bool = True
    ranked: bool = False
    chart: Chart = "bars"
    needs: str = ""
    own: bool = False
    unless: str = ""
    only: bool = False
    note: str = ""

    def fits(self, profile: Profile) -> bool:
        """Whether an organisation has it."""
        if self.needs == "stages":
            return bool(profile.stages)
        if self.needs == "teams":
            return any(service.team for service in profile.services.values())
        if self.needs in ("mediation", "ombudsman"):
            return getattr(profile, self.needs) is not None
        return not self.needs or bool(profile.listed(self.needs))


_THEMES_NOTE = S_("A record may have several themes and stands on the line of each.")
_ASKED_NOTE = S_("Not asked, would rather not say and do not know are different things, and are never added together.")

TABLES: tuple[Table, ...] = (
    # What was received
    Table(code="kinds", title=S_("Everything that came, by kind"), part="received", stub=S_("Kind"), rows="kind",
          where=lacks("kind", "unfinished")),
    Table(code="months", title=S_("Month by month"), part="received", stub=S_("Month"), rows="month", across="kind",
          where=lacks("kind", "unfinished"), chart="line"),
    Table(code="quarters", title=S_("Quarter by quarter"), part="received", stub=S_("Quarter"), rows="quarter",
          across="kind", where=lacks("kind", "unfinished"), chart="stacked"),
    Table(code="channels", title=S_("How it came"), part="received", stub=S_("Way"), rows="channel", across="kind",
          where=VOICES, ranked=True),
    Table(code="languages", title=S_("In which language"), part="received", stub=S_("Language"), rows="language",
          where=VOICES, ranked=True),
    Table(code="teams", title=S_("Complaints by team"), part="received", stub=S_("Team"), rows="team",
          where=COMPLAINTS, sums=False, needs="teams"),
    Table(code="stands", title=S_("Where the complaints of the period stand now"), part="received", stub=S_("Stands"),
          rows="stands", where=COMPLAINTS),
    Table(code="routes", title=S_("Sent another way"), part="received", stub=S_("Where to"), rows="route",
          where=has("route"), sums=False, ranked=True, only=True,
          note=S_("These are registered, and went where they belong.")),
    Table(code="informal_reasons", title=S_("Why it was taken as informal"), part="received", stub=S_("Reason"),
          rows="informal_reason", where=INFORMAL, needs="informal_reasons"),
    # Who spoke to us
    Table(code="complainants", title=S_("Who complained"), part="who", stub=S_("Who"), rows="complainant",
          where=COMPLAINTS, measure=("people", "percent"),
          note=S_("People and complaints are counted apart: one person may make several.")),
    Table(code="speakers", title=S_("Children and adults"), part="who", stub=S_("Who"), rows="speaker",
          across="kind", where=VOICES, chart="stacked"),
    Table(code="ages", title=S_("Age of those who complained"), part="who", stub=S_("Age"), rows="age",
          where=COMPLAINTS, sums=False),
    Table(code="behalf_flags", title=S_("Agency staff and partner agencies involved"), part="who", stub=S_("Involved"),
          rows="flag", where=COMPLAINTS & has("flag", "agency_staff", "partner_agency"), sums=False, only=True,
          chart=""),
    # What it was about
    Table(code="themes", title=S_("Themes of complaints"), part="about", stub=S_("Theme"), rows="theme",
          where=COMPLAINTS, sums=False, ranked=True, needs="themes", note=_THEMES_NOTE),
    Table(code="themes_children", title=S_("Themes of complaints by children and young people"), part="about",
          stub=S_("Theme"), rows="theme", where=COMPLAINTS & CHILDREN, sums=False, ranked=True, needs="themes",
          note=_THEMES_NOTE),
    Table(code="themes_upheld", title=S_("Themes of complaints that were upheld or partly upheld"), part="about",
          stub=S_("Theme"), rows="theme", where=COMPLAINTS & has("upheld", "yes"), sums=False, ranked=True,
          needs="themes", note=_THEMES_NOTE),
    Table(code="themes_services", title=S_("Themes by service"), part="about", stub=S_("Theme"), rows="theme",
          across="service", where=COMPLAINTS, sums=False, ranked=True, needs="themes", chart="",
          note=S_("A record counts for each of its themes and services.")),
    Table(code="themes_informal", title=S_("Themes of informal feedback by children and young people"), part="about",
          stub=S_("Theme"), rows="informal_theme", where=INFORMAL & CHILDREN, sums=False, ranked=True,
          note=_THEMES_NOTE),
    Table(code="themes_informal_all", title=S_("Themes of all informal feedback"), part="about", stub=S_("Theme"),
          rows="informal_theme", where=INFORMAL, sums=False, ranked=True, note=_THEMES_NOTE,
          unless="themes_informal"),
    Table(code="discrimination", title=S_("Discrimination alleged"), part="about", stub=S_("Because of"),
          rows="discrimination", where=VOICES & has("discrimination"), sums=False, only=True, chart=""),
    # How long it took
    Table(code="timescales", title=S_("Answers at the first stage, within and outside the limit"), part="times",
          stub=S_("Quarter"), rows="quarter", across="timescale", where=COMPLAINTS, among=("met", "missed"),
          left_out=True, needs="stages", chart="stacked",
          note=S_("Counted from the day the clock began, with the limit as it was extended, less pauses.")),
    Table(code="timescales_services", title=S_("Within and outside the limit, by service"), part="times",
          stub=S_("Service"), rows="service", across="timescale", where=COMPLAINTS, among=("met", "missed"),
          left_out=True, sums=False, needs="stages", chart=""),
    Table(code="bands", title=S_("Working days to the answer at the first stage"), part="times",
          stub=S_("Working days"), rows="band", where=COMPLAINTS, left_out=True, needs="timescale_bands"),
    Table(code="acknowledged", title=S_("Acknowledged in time"), part="times", stub=S_("Acknowledged"),
          rows="acknowledged", where=lacks("kind", "unfinished"), across="kind", chart=""),
    Table(code="extensions", title=S_("Why a limit was extended"), part="times", stub=S_("Reason"), rows="extension",
          where=COMPLAINTS & has("extension"), sums=False, needs="extension_reasons",
          note=S_("Staff changes and workload are written down when they are true, and are no acceptable reason.")),
    # What came of it
    Table(code="upheld", title=S_("Upheld"), part="outcomes", stub=S_("Outcome"), rows="upheld", where=COMPLAINTS,
          left_out=True),
    Table(code="outcomes", title=S_("Outcomes"), part="outcomes", stub=S_("Outcome"), rows="outcome",
          where=COMPLAINTS, sums=False, left_out=True,
          note=S_("A complaint with several points may have several outcomes.")),
    Table(code="upheld_services", title=S_("Upheld, by service"), part="outcomes", stub=S_("Service"), rows="service",
          across="upheld", where=COMPLAINTS, among=("yes", "no"), sums=False, left_out=True, chart="stacked"),
    Table(code="upheld_themes", title=S_("Upheld, by theme"), part="outcomes", stub=S_("Theme"), rows="theme",
          across="upheld", where=COMPLAINTS, among=("yes", "no"), sums=False, left_out=True, ranked=True,
          needs="themes", chart=""),
    Table(code="remedies", title=S_("How it was put right"), part="outcomes", stub=S_("Remedy"), rows="remedy",
          where=COMPLAINTS & has("remedy"), sums=False, ranked=True,
          note=S_("A complaint may have several remedies.")),
    Table(code="promised", title=S_("Was what we promised done?"), part="outcomes", stub=S_("Promises"),
          rows="promised", where=COMPLAINTS & has("promised"), only=True),
    Table(code="resolutions", title=S_("How local resolution ended"), part="outcomes", stub=S_("Result"),
          rows="resolution", where=COMPLAINTS, needs="resolutions"),
    # Going further
    Table(code="stages", title=S_("How far complaints went"), part="further", stub=S_("Stage"), rows="stage",
          where=COMPLAINTS, sums=False, needs="stages",
          note=S_("Of the complaints received in the period: how many have reached each stage by now.")),
    Table(code="mediation", title=S_("Mediation"), part="further", stub=S_("How it ended"), rows="mediation",
          where=has("mediation_offered"), by="mediation_offered", needs="mediation"),
    Table(code="ombudsman", title=S_("Decisions of the ombudsman"), part="further", stub=S_("Decision"),
          rows="ombudsman", where=has("ombudsman_day"), by="ombudsman_day", needs="ombudsman"),
    # Advocacy, and what people thought
    Table(code="advocate", title=S_("An advocate, offered when it was sent"), part="voice", stub=S_("Answer"),
          rows="advocate", where=has("kind", "complaint", "informal") & CHILDREN),
    Table(code="advocacy", title=S_("An advocate, afterwards"), part="voice", stub=S_("What came of it"),
          rows="advocacy", where=has("advocacy"), only=True),
    Table(code="advocate_who", title=S_("Who the advocate was"), part="voice", stub=S_("Who"), rows="advocate_who",
          where=has("advocacy_who"), needs="advocacy_who", only=True),
    Table(code="advocate_why", title=S_("Why no advocate was wanted"), part="voice", stub=S_("Reason"),
          rows="advocate_why", where=has("advocate", "no"), needs="advocacy_why_not", only=True),
    *(
        Table(code=f"survey_{name}", title=title, part="voice", stub=S_("Answer"), rows=f"survey_{name}",
              where=has(f"survey_{name}"), only=True)
        for name, title in (
            ("understood", S_("Did we understand them?")),
            ("listened", S_("Were they listened to?")),
            ("promised", S_("Was what we promised done, as they see it?")),
            ("process", S_("How they feel about the way we dealt with it")),
            ("outcome", S_("How they feel about what came of it")),
        )
    ),
    # Compliments
    Table(code="compliments_sources", title=S_("Who compliments came from"), part="thanks", stub=S_("Who"),
          rows="source", where=COMPLIMENTS, needs="compliment_sources", ranked=True),
    Table(code="compliments_services", title=S_("Compliments by service"), part="thanks", stub=S_("Service"),
          rows="service", where=COMPLIMENTS, sums=False, ranked=True,
          note=S_("A compliment about several services counts for each.")),
    # Equality
    Table(code="disability", title=S_("Disability"), part="equality", stub=S_("Disabled"), rows="disability",
          across="kind", where=VOICES, note=_ASKED_NOTE, chart=""),
    Table(code="ethnicity", title=S_("Ethnicity"), part="equality", stub=S_("Background"), rows="ethnicity",
          across="kind", where=VOICES, note=_ASKED_NOTE, chart=""),
    Table(code="adult_ages", title=S_("Age of adults"), part="equality", stub=S_("Age"), rows="adult_age",
          across="kind", where=VOICES & has("who") & lacks("who", "child"), note=_ASKED_NOTE, chart=""),
    Table(code="equality_upheld", title=S_("Upheld, by disability"), part="equality", stub=S_("Disabled"),
          rows="disability", across="upheld", where=COMPLAINTS, among=("yes", "no"), note=_ASKED_NOTE, chart=""),
    # Campaigns
    Table(code="campaigns", title=S_("What came of campaigns"), part="campaigns", stub=S_("Campaign"),
          rows="campaign", across="kind", where=has("campaign"), sums=False, only=True, chart=""),
    Table(code="fundraising", title=S_("Fundraising"), part="campaigns", stub=S_("Way"), rows="fundraising",
          own=True, sums=False, needs="fundraising"),
    Table(code="campaign_matters", title=S_("Campaigns: what it was about"), part="campaigns", stub=S_("Matter"),
          rows="campaign_matter", own=True, sums=False, needs="campaigns"),
)  # fmt: skip


def tables(profile: Profile) -> tuple[Table, ...]:
    """The tables of an organisation."""
    return tuple(table for table in TABLES if table.fits(profile))
