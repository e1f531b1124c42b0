"""Every form of the console that is sent and succeeds leaves one line: who, what, which record or thing.

The walks below send each of them once as it is really filled in. A new form that no walk sends fails the last test;
those that anybody can send are in ``test_every_entry``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from casework.learning import CHECKLIST
from console.page import PUBLIC, Page
from console.pages import every
from storage import audit, casefile
from storage.audit import Entry
from storage.ids import new_id
from storage.models import Task, table
from tests.console.conftest import PASSWORD, Browser, House, running
from tests.console.test_alike import PRANK, came, ticked
from tests.console.test_audit_trail import _signs, filed
from tests.console.test_compliments import thanks
from tests.console.test_enter import form as entered
from tests.console.test_learning import THEME, WORDS
from tests.console.test_record import events
from tests.console.test_referrals import asks, refer
from tests.console.test_report_texts import documents, year
from tests.console.test_settings import form as member_form

#: Posts that tell and change nothing: they leave no line.
QUIET = {"record.reply.preview"}
#: Posts that are about oneself, or begin what has no number yet: their line names nothing besides.
ONESELF = {
    "account.proved", "recovery_codes.kept", "signed_out", "typed.left", "account.language", "account.password",
    "account.codes", "account.sessions",
}  # fmt: skip


def posts() -> dict[str, Page]:
    """What the audit calls it -> every form that needs signing in and says or changes something."""
    return {
        page.name: page
        for page in every()
        if page.method == "POST" and page.permission != PUBLIC and not page.quiet
    }  # fmt: skip


@dataclass
class Walk:
    """Somebody of the staff who sends forms; each is looked up in the table of routes and in the audit."""

    house: House
    number: int
    browser: Browser
    sent: set[str] = field(default_factory=set)

    def as_(self, *roles: str) -> Walk:
        """Somebody else, of the same walk."""
        number, login, secret = self.house.ready("dudley", roles)
        return Walk(self.house, number, self.house.sign_in(login, secret), self.sent)

    def lines(self, after: int = 0) -> list[Entry]:
        with self.house.store.database.reading() as db:
            assert audit.verify(db, "dudley") is None
            return [one for one in audit.entries(db, "dudley", most=500) if one.id > after]

    def send(
        self, path: str, form: dict[str, Any] | None = None, about: str | None = None, *, besides: tuple[str, ...] = ()
    ) -> requests.Response:
        """Send a form that is right.

        about    what its line names; of a page about a record that record, else it must be said
        besides  codes of the other lines that the same post leaves
        """
        page = next(one for one in posts().values() if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one.path), path))
        token, last = self.browser.token(), self.lines()[0].id
        answer = self.browser.post(f"/staff{path}", form, token=token)
        assert answer.status_code == 303 or (answer.status_code == 200 and 'class="summary' not in answer.text), (
            path, answer.status_code, re.findall(r"class=\"summary.*?</div>", answer.text, re.DOTALL)
        )  # fmt: skip
        new = self.lines(last)
        (line,) = (one for one in new if one.what == page.name)
        assert sorted(one.what for one in new if one is not line) == sorted(besides), path
        assert line.staff == self.number and abs(line.at - self.house.clock()) < timedelta(minutes=1), path
        if about is None:
            assert page.about_a_record or page.name in ONESELF, f"say what {path} is about"
            about = path.split("/")[2] if page.about_a_record else ""
        assert re.fullmatch(about, line.reference), (path, line.reference)
        self.sent.add(page.name)
        return answer

    def get(self, path: str) -> str:
        answer = self.browser.get(f"/staff{path}")
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    def hidden(self, path: str, name: str) -> str:
        """The last such value on a page."""
        return str(re.findall(rf'name="{name}" value="([^"]*)"', self.get(path))[-1])

    def write(self, fn: Callable[[Any], Any]) -> Any:
        return self.house.store.writer.write(fn).result(10)

    def case(self, reference: str) -> int:
        with self.house.store.database.reading() as db:
            return casefile.find(db, reference)

    def newest(self, of: str, column: str = "id") -> str:
        with self.house.store.database.reading() as db:
            query = f"SELECT {column} FROM {of} WHERE organisation = 'dudley' ORDER BY id DESC LIMIT 1"
            return str(db.exec_driver_sql(query).scalar_one())


#: Walk -> the deeds that it sends.
WALKS: dict[Callable[[Walk], None], set[str]] = {}


def walk(*names: str) -> Callable[[Callable[[Walk], None]], Callable[[Walk], None]]:
    def keep(one: Callable[[Walk], None]) -> Callable[[Walk], None]:
        WALKS[one] = set(names)
        return one

    return keep


@walk("record.work", "record.assign", "record.route", "record.decide", "record.alert", "record.task", "record.receipt",
      "record.reply", "record.interpreter", "record.restrict", "record.glass")  # fmt: skip
def a_record(me: Walk) -> None:
    reference = filed(me.house, story="A man with a knife waits for me.")
    officer, _ = me.house.add("dudley", ("officer",))
    path = f"/record/{reference}"

    def deed(last: str, event: str, **values: str) -> None:
        name = event.replace(".", "-")
        given = {f"{name}-{key}": value for key, value in values.items()}
        me.send(f"{path}/{last}", {"event": event, "events": str(events(me.house, reference)), **given})

    me.send(f"{path}/alert/{_signs(me.house, [reference])[0]}")
    deed("assign", "role", role="manager", staff=str(officer), told="yes")
    deed("work", "acknowledged")
    deed("route", "routed", route="safeguarding", why="An allegation.")
    me.send(f"{path}/interpreter")
    me.send(f"{path}/task/{me.newest('task')}")
    me.send(f"{path}/receipt", {"checks": "told", "how": "They told me about the bus."})
    form = {one: me.hidden(f"{path}/reply", one) for one in ("events", "row", "drawn", "was", "had")}
    me.send(f"{path}/reply", {**form, "what": "reply", "language": "en", "text": "We have read it.", "do": "send"})
    me.send(f"{path}/restrict", {"restriction": "conduct"})
    plain = filed(me.house)
    closing = {"event": "closed", "events": str(events(me.house, plain)), "closed-why": "It was sent twice."}
    me.send(f"/record/{plain}/decide", closing)
    other = me.as_("officer")
    other.send(f"{path}/glass", {"reason": "They are in danger now and nobody answers."})


@walk("alerts.acknowledge", "task.done", "enter")
def the_day(me: Walk) -> None:
    reference = filed(me.house, story="A man with a knife waits for me.")
    me.send("/alerts", {"alert": [str(one) for one in _signs(me.house, [reference])]}, reference)
    task = Task(id=new_id(), organisation="dudley", number=0, why="alike", at=me.house.clock())
    me.write(lambda db: db.connection().execute(table(Task).insert(), task.model_dump()))
    me.send(f"/task/{task.id}/done", about=f"task:{task.id}")
    story = {"q-story": "The minibus never came."}
    me.send("/enter", entered(me.house, **story), "HB-.*")


@walk("referral.accept", "referral.decline", "referral.arrange", "referral.met", "referral.report", "referral.end")
def an_advocate(me: Walk) -> None:
    first, other = asks(me.house), asks(me.house)
    jo = me.as_("advocate")
    for one in (first, other):
        refer(me.house, me.browser, one, jo.number)
    day = (me.house.clock().date() + timedelta(days=3)).isoformat()
    for last, values in (
        ("accept", {}),
        ("arrange", {"arranged-day": day, "arranged-time": "16:30", "arranged-where": "The library"}),
        ("met", {}),
        ("report", {"reported-what": "They want to see their brother.", "reported-agreed": "yes"}),
        ("end", {"ended-result": "helped"}),
    ):
        drawn = jo.hidden(f"/referral/{first}", "events")
        given = {f"advocate_{name}": value for name, value in values.items()}
        jo.send(f"/referral/{first}/{last}", {"events": drawn, **given})
    drawn = jo.hidden(f"/referral/{other}", "events")
    jo.send(f"/referral/{other}/decline", {"events": drawn, "advocate_declined-why": "I know the family."})


@walk("compliment.pass", "compliment.celebrate", "compliment.agreed", "compliment.down", "reports.words.save",
      "reports.words.example", "reports.publish")  # fmt: skip
def a_compliment(me: Walk) -> None:
    reference = thanks(me.house)

    def act(last: str, **values: str) -> None:
        event = {"pass": "passed_on", "celebrate": "celebrated", "agreed": "sharing", "down": "taken_down"}[last]
        given = {f"{event}-{key}": value for key, value in values.items()}
        me.send(f"/compliment/{reference}/{last}", {"events": str(events(me.house, reference)), **given})

    act("pass", to="Sam")
    act("celebrate", words="You are a star.")
    case, of = me.case(reference), {"year": str(year(me.house)), "version": "0"}
    form = {**of, "case": str(case), f"example-{case}": "You are a star.", f"looked-{case}": "yes", "show": "1"}
    me.send("/reports/words/example", form, reference)
    words = {**of, "code": "foreword", "words-foreword": "We listened.", "save": "1"}
    me.send("/reports/words", words, r"year:\S+ foreword")
    me.send("/reports/publish", {**of, "format": "docx"}, r"year:\S+ docx")
    act("down")
    act("agreed", answer="tell", how="By phone")


@walk("learning.add", "learning.change", "learning.link", "learning.done", "learning.check", "learning.words",
      "learning.publish", "learning.withdraw", "learning.send", "learning.stop")  # fmt: skip
def what_was_learned(me: Walk) -> None:
    reference, day = filed(me.house), me.house.clock().date()
    form = {
        "learned": "Calls were forgotten.", "action": "A list of calls.", "owner": str(me.number),
        "due": (day + timedelta(days=30)).isoformat(), "themes": THEME,
    }  # fmt: skip
    path = me.send("/learning/new", form, r"learning:\d+").headers["Location"].removeprefix("/staff")
    about = f"learning:{path.rpartition('/')[2]}"
    me.send(f"{path}/change", {**form, "version": me.hidden(f"{path}/change", "version")}, about)
    me.send(f"{path}/link", {"records": reference}, about)
    me.send(f"{path}/done", {"evidence": "Looked at the list."}, about)
    me.send(f"{path}/check", {"lasted": "yes", "note": "Kept since"}, about)
    me.send(f"{path}/said", WORDS, about)
    me.send(f"{path}/said/publish", {"confirmed": list(CHECKLIST)}, about)
    me.send(f"{path}/said/withdraw", about=about)
    me.send(f"{path}/said/send", {"since": date(day.year, 1, 1).isoformat(), "until": day.isoformat()}, about)
    me.send(f"{path}/said/stop", {"news": me.newest("news")}, about)


@walk("records.pranks", "record.prank.undo")
def pranks(me: Walk) -> None:
    path, references = came(me.house, PRANK, organisation="dudley")
    path = path.removeprefix("/staff")
    me.send(
        f"{path}/pranks",
        {"record": ticked(me.get(path)), "why": "A lesson.", "sure": "yes"},
        "",
        besides=("record.prank",) * 5,
    )
    first = references[0]
    given = {"events": str(events(me.house, first)), "group": path.rpartition("/")[2]}
    me.send(f"/record/{first}/prank/undo", given)


@walk("rights.begin", "rights.records", "rights.cover", "rights.files", "rights.withhold", "rights.extend",
      "rights.release", "rights.end", "rights.mark", "rights.correct", "rights.erase", "retention.run")  # fmt: skip
def rights_of_people(me: Walk) -> None:
    reference, other = filed(me.house), filed(me.house)
    path = me.send("/rights", {"records": reference}, r"request:\d+").headers["Location"].removeprefix("/staff")
    about, read = f"request:{path.rpartition('/')[2]}", ("rights.copied", "rights.copied")
    me.send(f"{path}/records", {"records": f"{reference} {other}"}, about)
    me.send(f"{path}/cover", {"more": "friend"}, about, besides=read)
    me.send(f"{path}/files", {}, about, besides=read)
    me.send(f"{path}/withhold", {}, about, besides=read)
    me.send(f"{path}/longer", {"longer": "Two records, with much about others."}, about)
    me.send(f"{path}/release", {"read": "yes"}, about, besides=read)
    me.send(f"{path}/end", {"state": "done"}, about)
    here = f"/record/{reference}/rights"
    me.send(f"{here}/mark", {"mark": "hold", "why": "A court has asked"})
    me.send(f"{here}/mark", {"mark": "hold", "why": "Over", "lift": "yes"})
    me.send(f"{here}/correct", {"step": "story", "words": "The bus never came.", "because": "They said so"})
    me.send(f"{here}/erase", {"ground": "asked", "anyway": "mistake", "sure": "yes"}, "records:1 asked mistake")
    me.send("/settings/retention", {"sure": "yes"}, "")


@walk("staff.add", "staff.role", "staff.called", "staff.disable", "staff.enable", "staff.sessions", "staff.session",
      "staff.reset")  # fmt: skip
def the_staff(me: Walk) -> None:
    boss = me.as_("administrator")
    new = {"login": "lee@example.org", "name": "Lee Ho", "roles": ["officer"]}
    boss.send("/settings/staff/add", new, r"staff:\d+")
    number, _ = me.house.add("dudley", ("officer",))
    path, about = f"/settings/staff/{number}", f"staff:{number}"
    boss.send(path, member_form(boss.browser, number, name="Jo Green"), about)
    boss.send(f"{path}/called", {"called": "Joey"}, about)
    me.house.signed_in(number)
    with me.house.store.database.reading() as db:
        one = db.exec_driver_sql(f"SELECT hash FROM staff_session WHERE staff = {number}").scalar_one()
    boss.send("/settings/sessions", {"session": bytes(one).hex()}, about)
    for last in ("sessions", "disable", "enable", "reset"):
        boss.send(f"{path}/{last}", about=about)


@walk("campaign.add", "campaign.change", "campaign.remove", "templates.add", "templates.change", "templates.retire",
      "holiday.add", "holiday.remove", "cases_held")  # fmt: skip
def the_settings(me: Walk) -> None:
    about = "campaign:summer26"
    me.send("/settings/campaigns/add", {"name": "Summer", "code": "summer26"}, about)
    path = "/settings/campaigns/summer26"
    me.send(f"{path}/change", {"name": "Autumn", "before": me.hidden(f"{path}/change", "before")}, about)
    me.send(f"{path}/remove", about=about)
    about = "template:own-bus-passes en"
    path = me.send("/settings/templates", {"title": "Bus passes"}, about).headers["Location"].removeprefix("/staff")
    me.send(path, {"row": me.hidden(path, "row"), "title": "Bus passes", "text": "Dear {name}"}, about)
    me.send(f"{path}/retire", {"row": me.hidden(path, "row")}, about)
    works, today = me.house.store.procedures.now("dudley").calendar.works, me.house.clock().date()
    free = next(day for day in (today + timedelta(days=30 + more) for more in range(30)) if works(day)).isoformat()
    me.send("/settings/holidays/add", {"day": free, "name": "Closed", "works": "no"}, f"day:{free}")
    me.send(f"/settings/holidays/{free}/remove", about=f"day:{free}")
    service = next(iter(me.house.site.profiles["dudley"].services))
    me.send("/settings/services", {"year": "", f"held-{service}": "12"}, r"year:\S+")


@walk("alerts.add", "alerts.test", "alerts.retire", "rota.add", "rota.remove")
def ways_and_rota(me: Walk) -> None:
    way = {"label": "Duty", "address": "jsons://example.org/x", "tier": "duty", "names": ""}
    me.send("/settings/alerts", way, r"way:\d+")
    number = me.newest("alert_route")
    me.send(f"/settings/alerts/{number}/test", about=f"way:{number}")
    me.send(f"/settings/alerts/{number}/retire", about=f"way:{number}")
    day, about = (me.house.clock().date() + timedelta(days=2)).isoformat(), f"staff:{me.number}"
    turn = {
        "staff": str(me.number), "tier": "duty", "from_day": day, "from_time": "09:00", "to_day": day,
        "to_time": "17:00", "weeks": "2",
    }  # fmt: skip
    me.send("/settings/rota", turn, about)
    me.send(f"/settings/rota/{me.newest('on_duty')}/remove", about=about)


@walk("integration.token", "integration.revoke", "integration.webhook", "integration.replay", "integration.webhook_end")
def programs(me: Walk) -> None:
    home = "/settings/integration"
    me.send(f"{home}/tokens", {"name": "Portal", "scope": "file"}, r"token:[\w-]+")
    number = me.newest("api_token")
    me.send(f"{home}/tokens/{number}/revoke", about=f"token:{number}")
    me.send(f"{home}/webhooks", {"url": "https://case.example.org/told"}, r"webhook:\d+")
    number = me.newest("webhook")
    path, about = f"{home}/webhooks/{number}", f"webhook:{number}"
    me.send(f"{path}/replay", {"do": "since", "since": me.house.clock().date().isoformat()}, about)
    me.send(f"{path}/end", about=about)


@walk("account.language", "account.password", "account.codes", "recovery_codes.kept", "account.sessions",
      "account.proved", "typed.left", "signed_out")  # fmt: skip
def oneself(me: Walk) -> None:
    number, login, secret = me.house.ready("dudley", ("officer",))
    jo = Walk(me.house, number, me.house.sign_in(login, secret), me.sent)
    jo.send("/account/language", {"language": "en"})
    jo.send("/account/codes", {"code": me.house.code(secret)})
    jo.send("/recovery-codes")
    jo.send("/prove", {"code": me.house.code(secret)})
    jo.send("/typed/leave")
    jo.send("/account/sessions", {"session": "others"})
    jo.send("/account/password", {"password": PASSWORD, "new_password": "violin harbour rain"})
    jo.send("/sign-out")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("every-deed"), change=documents) as made:
        yield made


@pytest.mark.parametrize("one", WALKS, ids=lambda one: one.__name__)
def test_what_succeeds_leaves_one_line_that_says_who_what_and_which(house: House, one: Callable[[Walk], None]) -> None:
    number, login, secret = house.ready("dudley", ("complaints", "administrator"))
    who = Walk(house, number, house.sign_in(login, secret))
    one(who)
    assert who.sent == WALKS[one]


def test_every_form_there_is_has_been_sent() -> None:
    forms = [page for page in every() if page.method == "POST"]
    assert set().union(*WALKS.values()) == posts().keys()
    assert {page.name for page in forms if page.permission != PUBLIC and page.quiet} == QUIET
