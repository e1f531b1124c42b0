"""Forms that anybody can send, because nobody knows yet who they are: what each leaves in the audit, or why nothing.

Those of the chat, the look-up and the survey are the person's own; what they say is the record.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from console.page import PUBLIC
from console.pages import every
from storage import audit
from tests.console.conftest import PASSWORD, Browser, House, running

FIRST = "from-the-terminal"
#: Page -> what the audit says, where the form is right.
SAID = {
    "/begin": {"staff.first"},
    "/set-up": {"signed_in.first"},
    "/code": {"signed_in.code", "signed_in.recovery"},
}
#: Page -> why it leaves nothing, or where its line is looked for.
ELSEWHERE = {
    "/sign-in": "a password alone opens nothing: whoever gives the code after it is written down",
    "/welcome/{token}": "it opens nothing: whoever sets up the second factor after it is written down",
    "/sign-in/provider": "it leads away; who comes back is written down (tests/console/test_provider.py)",
    "/alarm/{alarm}": "tests/console/test_alerts.py: it needs an alert that was sent",
    "/tour/{organisation}/{part}": "tests/demo/test_tour.py: it needs a demonstration",
}


def test_every_form_that_anybody_can_send_is_here() -> None:
    open_ = {page.path for page in every() if page.method == "POST" and page.permission == PUBLIC}
    assert open_ == SAID.keys() | ELSEWHERE.keys()


def lines(house: House) -> list[tuple[str, int | None]]:
    """(what, by whom), the oldest first."""
    with house.store.database.reading() as db:
        assert audit.verify(db, "dudley") is None
        return [(one.what, one.staff) for one in reversed(audit.entries(db, "dudley", most=500))]


def set_up(house: House, browser: Browser) -> tuple[str, str]:
    """Connect the telephone; its secret, and a recovery code."""
    secret = re.findall(r'class="secret">([A-Z2-7 ]+)<', browser.get("/staff/set-up").text)[0].replace(" ", "")
    assert browser.post("/staff/set-up", {"code": "000000"}, token=browser.token("/staff/set-up")).status_code == 422
    browser.post("/staff/set-up", {"code": house.code(secret)}, token=browser.token("/staff/set-up"))
    return secret, re.findall(r'class="secret">([a-z0-9-]{14})<', browser.get("/staff/recovery-codes").text)[0]


def password(house: House, login: str) -> Browser:
    browser = house.browser()
    form = {"login": login, "password": PASSWORD}
    assert browser.post("/staff/sign-in", form, token=browser.token("/staff/sign-in")).status_code == 303
    return browser


def test_whoever_comes_in_leaves_a_line_and_nobody_else_does(tmp_path: Path) -> None:
    with running(tmp_path, lambda site: replace(site, first=FIRST)) as house:
        path, browser = f"/staff/begin?code={FIRST}", house.browser()
        ann = {"name": "Ann", "login": "ann@example.org", "organisation": "dudley", "new_password": PASSWORD}
        assert browser.post(path, {**ann, "name": ""}, token=browser.token(path)).status_code == 422
        assert lines(house) == []
        browser.post(path, ann, token=browser.token(path))
        ((what, number),) = lines(house)
        assert what == "staff.first"
        secret, recovery = set_up(house, browser)
        for given in (house.code(secret), recovery):
            again = password(house, "ann@example.org")
            assert again.post("/staff/code", {"code": "000000"}, token=again.token("/staff/code")).status_code == 422
            assert again.post("/staff/code", {"code": given}, token=again.token("/staff/code")).status_code == 303
        whats = ["staff.first", "signed_in.first", "signed_in.code", "signed_in.recovery"]
        assert lines(house) == [(one, number) for one in whats]
        assert {*whats} == set().union(*SAID.values())

        jo, link = house.add("dudley", ("officer",), link=True)
        browser = house.browser()
        welcome = f"/staff/welcome/{link}"
        browser.post(welcome, {"new_password": PASSWORD}, token=browser.token(welcome))
        assert len(lines(house)) == len(whats), "nobody is in yet"
        set_up(house, browser)
        assert lines(house)[len(whats) :] == [("signed_in.first", jo)]
