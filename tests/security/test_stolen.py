"""A second factor in somebody else's hands: it opens nothing alone, and nothing at all once the sign-in is reset."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.console.conftest import PASSWORD, House, running
from tests.console.test_sign_in import try_password


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("stolen")) as made:
        yield made


def test_codes_alone_open_nothing(house: House) -> None:
    _, login, secret = house.ready()
    thief = house.browser()
    token = thief.token("/staff/sign-in")
    for path in ("/staff/code", "/staff/recovery-codes", "/staff/account/codes"):
        answer = thief.post(path, {"login": login, "code": house.code(secret)}, token=token)
        assert answer.status_code in (303, 401, 403, 405), path
        assert thief.get("/staff/account").headers["Location"].startswith("/staff/sign-in")
    assert try_password(house, thief, login, house.code(secret)) == 422


def test_after_the_sign_in_was_reset_a_stolen_telephone_opens_nothing(house: House) -> None:
    number, login, old = house.ready()
    in_use = house.sign_in(login, old)
    boss = house.person("dudley", "administrator")
    answer = boss.post(f"/staff/settings/staff/{number}/reset")
    (link,) = re.findall(rf"{house.url}(/staff/welcome/[\w-]+)", answer.text)
    assert in_use.get("/staff/account").status_code == 303, "whoever was in is out"
    assert try_password(house, house.browser(), login, PASSWORD) == 422, "and the old password opens nothing"
    owner = house.browser()
    owner.post(link, {"new_password": "violin harbour rain"}, token=owner.token(link))
    new = re.findall(r'class="secret">([A-Z2-7 ]+)<', owner.get("/staff/set-up").text)[0].replace(" ", "")
    done = owner.post("/staff/set-up", {"code": house.code(new)}, token=owner.token("/staff/set-up"))
    assert done.headers["Location"] == "/staff/recovery-codes"
    thief = house.browser()
    assert try_password(house, thief, login, "violin harbour rain") == 303, "even with the new password"
    refused = thief.post("/staff/code", {"code": house.code(old)}, token=thief.token("/staff/code"))
    assert refused.status_code == 422 and thief.get("/staff/account").status_code == 303
