"""A complaint sent by text message is worked in the console to its last stage, for each of the five organisations.

The dates are counted by hand from docs/procedures.md. It is sent on Monday 1 June 2026; the only bank holiday on the
way is Monday 31 August.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, expect

from casework.calendar import LONDON
from tests.console.conftest import House, running
from tests.console.desk import Desk, sent

SENT = datetime(2026, 6, 1, 10, 0, tzinfo=LONDON)
#: When each thing is done.
ACKNOWLEDGED, ANSWERED, SECOND, SIGNED, SECOND_ANSWER = (
    "2026-06-01", "2026-06-12", "2026-06-22", "2026-06-29", "2026-07-24",
)  # fmt: skip
THIRD, PANEL, ADVISED, LAST = "2026-08-10", "2026-09-22", "2026-09-29", "2026-10-16"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("last")) as made:
        yield made


def begun(house: House, browser: Browser, organisation: str, acknowledge_by: str, answer_by: str) -> Desk:
    """Sent, found on Today, acknowledged, given to somebody, talked about; the first answer was sent."""
    number, _ = house.add(organisation, ("complaints",))
    house.clock.ahead = SENT - datetime.now(LONDON)
    reference = sent(house, organisation, SENT)
    desk = Desk(house, browser, number)
    desk.on(ACKNOWLEDGED, 15)
    page = desk.open("/today?list=new")
    page.click(f"a.reference:has-text('{reference}')")
    desk.clock("acknowledgement", acknowledge_by)
    desk.clock("stage1.response", answer_by)
    desk.do("acknowledged")
    desk.clock("acknowledgement", "In time", "Monday 1 June 2026")
    desk.do("stage1.begun")
    desk.do("role", role="manager", staff=str(number), told="yes")
    desk.on(ANSWERED)
    desk.open(f"/record/{reference}")
    desk.do("talked", who="Jo Brown", on="2026-06-10")
    return desk


def answered(desk: Desk, stage: str) -> None:
    desk.do(f"{stage}.answered")
    desk.clock(f"{stage}.response", "In time")


def again(desk: Desk, day: str) -> None:
    """The same record on another day."""
    address = desk.page.url.split("#")[0]
    desk.on(day)
    desk.page.goto(address)


def decided(desk: Desk, approval: bool = False) -> None:
    """A point is upheld: it cannot be closed before an apology is promised, and done."""
    desk.do("outcome", point="Nobody rang back", outcome="upheld")
    desk.do("closed", refused="A point was upheld")
    desk.do("remedy", remedy="apology")
    if approval:
        desk.do("remedy_done", remedy="apology", refused="must first be approved")
        desk.do("remedy_approved", remedy="apology", who="Director")
    desk.do("remedy_done", remedy="apology")
    desk.do("closed")
    expect(desk.page.locator(".record-head")).to_contain_text("Closed")
    assert not desk.wrong


def hold(desk: Desk, **people: list[str]) -> None:
    """Say who holds the roles of a stage."""
    for role, names in people.items():
        for name in names:
            desk.do("role", role=role, person=name, told="yes")


def asked(desk: Desk, stage: str) -> None:
    """The person asks for the next stage, with a reason where the procedure has reasons."""
    form = desk.page.locator(f"[name='{stage}-requested-why']")
    values = {}
    if form.count():
        kind = form.first.evaluate("one => one.type")
        first = form.first.get_attribute("value") if kind == "radio" else "Not happy with the answer"
        values = {"why": first}
    desk.do(f"{stage}.requested", **values)


def test_sandwell_goes_to_a_panel_after_mediation(house: House, browser: Browser) -> None:
    desk = begun(house, browser, "sandwell", "Tuesday 2 June 2026", "Monday 15 June 2026")
    answered(desk, "stage1")
    desk.clock("stage2.window", "Friday 10 July 2026", "The person's time")
    desk.do("mediation_offered")
    desk.do("mediated", result="declined")
    again(desk, SECOND)
    asked(desk, "stage2")
    desk.clock("stage2.statement", "Monday 29 June 2026")
    hold(desk, investigator=["Ann Hill"], independent=["Lee Wood"], adjudicator=["Di Cole"])
    desk.do("advocate_offered", answer="declined", why_not="easy")
    again(desk, SIGNED)
    desk.do("stage2.statement_agreed")
    # Twenty-five working days from the signed terms of reference, not from the request.
    desk.clock("stage2.response", "Monday 3 August 2026")
    desk.do("stage2.answered", refused="comes after") if desk.page.locator("#do-stage2-answered").count() else None
    again(desk, SECOND_ANSWER)
    desk.do("stage2.reported")
    desk.do("stage2.adjudicated")
    answered(desk, "stage2")
    desk.clock("stage3.window", "Friday 21 August 2026")
    again(desk, THIRD)
    asked(desk, "stage3")
    desk.clock("stage3.panel", "Tuesday 22 September 2026")
    desk.clock("stage3.whole", "Tuesday 20 October 2026")
    hold(desk, panel=["Ali Khan", "Bo Green", "Cy White"])
    again(desk, PANEL)
    desk.do("stage3.panel_held")
    desk.clock("stage3.recommendations", "Tuesday 29 September 2026")
    desk.clock("ombudsman.window", "22 September 2027")
    again(desk, ADVISED)
    desk.do("stage3.recommended")
    desk.clock("stage3.response", "Tuesday 20 October 2026")
    again(desk, LAST)
    answered(desk, "stage3")
    decided(desk)


def test_dudley_counts_stage_two_from_the_request(house: House, browser: Browser) -> None:
    desk = begun(house, browser, "dudley", "Tuesday 2 June 2026", "Monday 15 June 2026")
    answered(desk, "stage1")
    again(desk, SECOND)
    asked(desk, "stage2")
    desk.clock("stage2.response", "Monday 27 July 2026")
    hold(desk, investigator=["Ann Hill"], independent=["Lee Wood"])
    desk.do("extended", clock="stage2.response", why="complex")
    # Sixty-five working days in all, over the bank holiday of 31 August.
    desk.clock("stage2.response", "Tuesday 22 September 2026", "Extended")
    again(desk, SECOND_ANSWER)
    desk.do("stage2.statement_agreed")
    desk.do("stage2.reported")
    answered(desk, "stage2")
    again(desk, THIRD)
    asked(desk, "stage3")
    desk.clock("stage3.panel", "Tuesday 22 September 2026")
    hold(desk, panel=["Ali Khan", "Bo Green", "Cy White"])
    again(desk, PANEL)
    desk.do("stage3.panel_held")
    again(desk, ADVISED)
    desk.do("stage3.recommended")
    desk.clock("stage3.response", "Tuesday 20 October 2026")
    again(desk, LAST)
    answered(desk, "stage3")
    decided(desk)


def test_together_for_children_answers_within_a_day_and_goes_to_the_ombudsman(house: House, browser: Browser) -> None:
    desk = begun(house, browser, "together-for-children", "Tuesday 2 June 2026, 10:0", "Monday 15 June 2026")
    answered(desk, "stage1")
    desk.clock("stage2.window", "Friday 10 July 2026")
    again(desk, SECOND)
    asked(desk, "stage2")
    desk.clock("stage2.response", "Monday 27 July 2026")
    hold(desk, investigator=["Ann Hill"])
    again(desk, SECOND_ANSWER)
    answered(desk, "stage2")
    desk.do("ombudsman_referred")
    expect(desk.page.locator(".record-head")).to_contain_text("With the ombudsman")
    desk.do("ombudsman_decided", result="Closed after initial enquiries")
    decided(desk, approval=True)


@pytest.mark.soak(only="a charity's, by the pages that the councils' go through")
def test_action_for_children_extends_only_with_agreement(house: House, browser: Browser) -> None:
    desk = begun(house, browser, "action-for-children", "Tuesday 2 June 2026", "Monday 15 June 2026")
    desk.do("extended", clock="stage1.response", why="pace", refused="agreement")
    desk.do("extended", agreed="yes")
    desk.clock("stage1.response", "Monday 29 June 2026", "Extended")
    answered(desk, "stage1")
    again(desk, SECOND)
    asked(desk, "stage2")
    desk.clock("stage2.response", "Monday 27 July 2026")
    hold(desk, investigator=["Ann Hill"])
    again(desk, SECOND_ANSWER)
    answered(desk, "stage2")
    again(desk, THIRD)
    asked(desk, "stage3")
    expect(desk.page.locator(".todo")).to_contain_text("no clock is running")
    hold(desk, panel=["Ali Khan", "Bo Green", "Cy White"])
    again(desk, PANEL)
    desk.do("stage3.panel_held")
    desk.do("stage3.answered")
    decided(desk)


@pytest.mark.soak(only="a charity's, by the pages that the councils' go through")
def test_childrens_links_hears_two_appeals(house: House, browser: Browser) -> None:
    desk = begun(house, browser, "childrens-links", "Monday 8 June 2026", "Thursday 9 July 2026")
    answered(desk, "stage1")
    again(desk, SECOND)
    asked(desk, "stage2")
    desk.clock("stage2.acknowledgement", "Monday 29 June 2026")
    desk.clock("stage2.response", "Monday 6 July 2026")
    desk.do("stage2.acknowledged")
    again(desk, "2026-07-03")
    answered(desk, "stage2")
    again(desk, THIRD)
    asked(desk, "stage3")
    desk.clock("stage3.acknowledgement", "Monday 17 August 2026")
    desk.clock("stage3.response", "Tuesday 8 September 2026")
    desk.do("stage3.acknowledged")
    again(desk, "2026-09-04")
    answered(desk, "stage3")
    decided(desk)
