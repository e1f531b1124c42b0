"""Other systems in the console: the chat for a website, posters, tokens and webhooks."""

from __future__ import annotations

import html
import re

from console import pdf
from console.pages import integration
from console.roles import ROLES
from storage import tokens, webhooks
from storage.tokens import READING
from tests.console.conftest import House
from tests.pdf import pages

HOME = "/staff/settings/integration"


def test_the_chat_for_a_website_and_a_poster(house: House) -> None:
    browser = house.person("dudley", "officer")
    page = browser.get(HOME).text
    assert 'target="_blank" rel="noopener"' in html.unescape(page)
    assert "/dudley/?symbols=1" in page, "in easy words and pictures"
    assert "/dudley/" in page and "Tokens of programs" not in page
    service = next(iter(house.site.profiles["dudley"].services))
    about = browser.get(f"{HOME}?service={service}&in=ar").text
    assert f"services={service}&lang=ar" in html.unescape(html.unescape(about))
    poster = browser.get(f"{HOME}/poster?service={service}&in=en").text
    assert house.site.profiles["dudley"].services[service].name.said("en") in html.unescape(poster)
    assert browser.get(f"{HOME}/qr.svg?service={service}").headers["Content-Type"].startswith("image/svg+xml")
    assert browser.get(f"{HOME}/poster?service=none&in=xx").status_code == 200


def test_a_poster_is_a_file_where_this_machine_can_make_one(house: House) -> None:
    browser = house.person("dudley", "officer")
    service = next(iter(house.site.profiles["dudley"].services))
    linked = "poster.pdf" in browser.get(f"{HOME}/poster?service={service}").text
    assert linked == (pdf.maker() is not None)
    for language in ("en", "ar"):
        made = browser.get(f"{HOME}/poster.pdf?service={service}&in={language}")
        assert made.status_code == (200 if linked else 404)
        if linked:
            assert pages(made.content) == 1
            assert f"poster-dudley-{service}-{language}.pdf" in made.headers["Content-Disposition"]


def test_a_token_is_shown_once_and_ends_when_it_is_revoked(house: House) -> None:
    browser = house.person("dudley", "complaints")
    refused = browser.post(f"{HOME}/tokens", {"name": "", "days": "90"})
    assert refused.status_code == 422 and "Choose what it may do" in refused.text
    assert browser.post(f"{HOME}/tokens", {"name": "Mosaic", "scope": "records", "days": "90"}).status_code == 303
    shown = browser.get(HOME).text
    (token,) = re.findall(r"hearback_[\w-]{30,}", shown)
    assert token not in browser.get(HOME).text and token[:15] in browser.get(HOME).text
    with house.store.database.reading() as db:
        known = tokens.find(db, token)
    assert known is not None and known.live(house.clock()) and known.scopes == {"records"}
    assert house.person("sandwell", "administrator").post(f"{HOME}/tokens/{known.id}/revoke").status_code == 404
    assert browser.post(f"{HOME}/tokens/{known.id}/revoke").status_code == 303
    with house.store.database.reading() as db:
        ended = tokens.find(db, token)
    assert ended is not None and not ended.live(house.clock())
    assert {"integration.token", "integration.revoke"} <= set(house.audited())


def made(house: House) -> tuple[int, int]:
    with house.store.database.reading() as db:
        return len(tokens.every(db, "dudley")), len(webhooks.every(db, house.site.sealer, "dudley"))


def test_nobody_lets_a_program_read_more_than_they_may_themselves(house: House) -> None:
    administrator = house.person("dudley", "administrator")
    before = made(house)
    page = html.unescape(administrator.get(HOME).text)
    assert integration.ONLY_READERS in page and 'value="reports"' in page
    assert all(f'value="{scope}"' not in page for scope in READING) and 'name="restricted"' not in page
    for scope in sorted(READING):
        given = {"name": "Mosaic", "scope": ["reports", scope], "days": "90"}
        refused = administrator.post(f"{HOME}/tokens", given)
        assert refused.status_code == 422 and integration.ONLY_READERS in html.unescape(refused.text), scope
    hook = {"url": "https://everything.example.net/in", "restricted": "yes"}
    refused = administrator.post(f"{HOME}/webhooks", hook)
    assert refused.status_code == 422 and integration.ONLY_READERS in html.unescape(refused.text)
    assert made(house) == before
    for role in set(ROLES) - {"administrator", "complaints"}:
        refused = house.person("dudley", role, services=("fostering",)).post(f"{HOME}/tokens", {"name": "Mosaic"})
        assert refused.status_code == 403, role
    manager = house.person("dudley", "complaints")
    assert all(f'value="{scope}"' in manager.get(HOME).text for scope in READING)
    assert manager.post(f"{HOME}/tokens", {"name": "Mosaic", "scope": sorted(READING)}).status_code == 303
    assert manager.post(f"{HOME}/webhooks", hook).status_code == 303


def test_a_webhook_is_set_up_told_again_and_ended(house: House) -> None:
    browser = house.person("dudley", "administrator")
    assert browser.post(f"{HOME}/webhooks", {"url": "http://10.0.0.1/"}).status_code == 422
    assert browser.post(f"{HOME}/webhooks", {"url": "https://cases.example.org/in?key=1"}).status_code == 303
    shown = browser.get(HOME).text
    assert "whsec_" in shown and "cases.example.org" in shown and "key=1" not in shown
    number = re.findall(r"webhooks/(\d+)/end", shown)[-1]
    assert browser.post(f"{HOME}/webhooks/{number}/replay").status_code == 303
    assert house.person("sandwell", "administrator").post(f"{HOME}/webhooks/{number}/end").status_code == 404
    assert browser.post(f"{HOME}/webhooks/{number}/end").status_code == 303
    assert "cases.example.org" not in browser.get(HOME).text


def test_the_commands_make_list_and_end_tokens(house: House, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import json

    from typer.testing import CliRunner

    from bot.__main__ import app

    def run(*words: str) -> str:
        found = CliRunner().invoke(app, [*words, "--organisation", "dudley", "--data", str(tmp_path)])
        assert found.exit_code == 0, found.output
        return found.stdout

    token = run("tokens", "add", "Power BI", "--scope", "reports").split()[0]
    assert token.startswith("hearback_")
    (one,) = map(json.loads, run("tokens", "list", "--json").splitlines())
    assert (one["name"], one["scopes"], one["state"]) == ("Power BI", ["reports"], "works")
    run("tokens", "revoke", one["id"])
    assert "revoked" in run("tokens", "list")
    assert "no webhook yet" in run("webhooks", "list")
