"""``hearback set-up``: asks what a new deployment needs, writes it down, tries it, and can be run again at any time.

What it writes: an organisation's own profile (``profiles/<id>.toml``), the settings (``.env``, or the file that is
named, for its owner's eyes only), and the first administrator. Secrets are typed unseen and never printed.
"""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import Trouble
from bot.cli.asking import HERE, Kept, ask, filled, secret, yes
from bot.config import PREFIX, BadSettings, load
from casework import procedure
from casework.calendar import LONDON
from casework.errors import ProfileError

#: A proxy on this machine, which is where the one of docs/running.md is.
PROXY = "127.0.0.1,::1"
#: What an organisation may begin from, and what is said of it.
BASES = {
    "england-statutory": "a council or trust in England: children's social care, the statutory three stages",
    "england-corporate": "council services in England: the ombudsman's code, two stages",
    "wales": "social services in Wales",
    "scotland": "public services in Scotland",
    "childrens-links": "a charity: a formal complaint and two appeals",
    "action-for-children": "a national charity: local resolution, investigation, review",
}
#: Months until somebody rings the duty line again to see that it is right.
RING_AGAIN = timedelta(days=180)
_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")
#: What is said where nobody would be told.
LATER = "  Until somebody is named, NOBODY WOULD BE TOLD: hearback check says so, and so does the console."
_HOURS = "09:00–17:00 on working days"


def set_up(
    settings: Annotated[
        Path, typer.Option(help="The file of settings to read and write; the folder of profiles lies beside it.")
    ] = HERE,
) -> None:
    """Set up a deployment, question by question: an organisation, the address, text messages, Telegram, who is told
    of danger, a first administrator. What is there already is offered again; Enter keeps it. Run it as often as you
    like."""
    kept = Kept.at(settings)
    typer.echo(
        "Setting up Hearback. Enter keeps what stands in brackets; Ctrl+C stops, and what was answered is kept.\n"
        f"Settings go to {kept.file}, which only you can read."
        + (" Have that folder in front of you when you start." if settings == HERE else "")
    )
    _away_with_a_demonstration()
    organisation = _organisation(kept)
    names = {"PROFILES": str(kept.profiles), "ORGANISATIONS": organisation, "DEMO": "no"}
    kept.keep({f"{PREFIX}{name}": value for name, value in names.items()})
    _address(kept)
    _twilio(kept, organisation)
    _telegram(kept)
    _alerts(kept, organisation)
    _administrator(organisation)
    typer.echo(
        "\nThat is all. Now\n"
        "  hearback check    says what is still missing\n"
        "  hearback serve    starts it\n"
        "docs/running.md: behind a proxy, as a service, with PostgreSQL, backups. The keys in the data folder are the "
        "only way to read what people say: back them up, apart from the database."
    )


# Steps --------------------------------------------------------------------------------------------


def _duty_line(value: str) -> str:
    """A child in danger reads it: it has to be one that can be rung."""
    good = sum(map(str.isdigit, value)) >= 3 and not any(map(str.isalpha, value))
    return "" if good else "Please write a telephone number, such as 01234 567890."


def _away_with_a_demonstration() -> None:
    from bot.demo import mark

    settings = load()
    if mark.kept(settings) is None:
        return
    typer.echo("\nThere is a demonstration here: a year of invented people. Real people are never mixed with them.")
    if not yes("Take the demonstration away?", True):
        raise Trouble("Nothing was changed. Set up in another folder, or run: hearback demo remove")
    mark.remove(settings)


def _organisation(kept: Kept) -> str:
    """The organisation's own profile: made, or left as somebody has made it."""
    typer.echo("\n1. Your organisation")
    there = sorted(path.stem for path in kept.profiles.glob("*.toml") if not path.stem.startswith("_"))
    for name in there:
        if yes(f"{_loaded(kept, name).name} is there ({kept.profiles}/{name}.toml). Use it as it is?", True):
            return name
    name = ask("Its name, as people know it", "", filled)
    short = ask("A short name for addresses (…/short-name/), for ever", _slug(name), partial(_unused, kept))
    typer.echo("\n".join(f"  {number}  {words}" for number, words in enumerate(BASES.values(), 1)))
    chosen = ask("Which procedure does it begin from? You can change every limit later", "1", _number)
    answers = {"number": "", "hours": _HOURS, "nation": ""}
    while True:
        answers["nation"] = ask(
            "Whose bank holidays? England, Wales, Scotland or Northern Ireland",
            answers["nation"] or _base(chosen).nation,
        )
        answers["number"] = ask(
            "Telephone of the duty line: who is rung when a child is in danger", answers["number"], _duty_line
        )
        answers["hours"] = ask("When is it answered?", answers["hours"])
        path = _write(kept, short, name, _id(chosen), answers)
        try:
            profile = procedure.load(path)
        except ProfileError as error:
            path.unlink()
            typer.echo(f"  {error}\n  Let us go through this once more.")
            continue
        typer.echo(
            f"  Written: {path} ({len(profile.stages)} stages, {len(profile.clocks)} limits). Read it in words:\n"
            f"  hearback profile show {path}. Your services are still to be named there; docs/procedures.md says how."
        )
        return short


def _loaded(kept: Kept, name: str) -> procedure.Profile:
    try:
        return procedure.load(kept.profiles / f"{name}.toml")
    except ProfileError as error:
        raise Trouble(f"{error}\nPut that right, or move the file away, and run this again.") from None


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:40]


def _unused(kept: Kept, value: str) -> str:
    if not _ID.fullmatch(value):
        return "Small letters, digits and hyphens, like riverside."
    if value in procedure.shipped() or (kept.profiles / f"{value}.toml").exists():
        return "There is one of that name already; choose another."
    return ""


def _number(value: str) -> str:
    return "" if value in map(str, range(1, len(BASES) + 1)) else f"A number from 1 to {len(BASES)}."


def _id(chosen: str) -> str:
    return tuple(BASES)[int(chosen) - 1]


def _base(chosen: str) -> procedure.Profile:
    return procedure.load(_id(chosen))


def _write(kept: Kept, short: str, name: str, base: str, answers: dict[str, str]) -> Path:
    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    kept.profiles.mkdir(mode=0o755, parents=True, exist_ok=True)
    path = kept.profiles / f"{short}.toml"
    path.write_text(
        f"# {name}: made by hearback set-up. docs/procedures.md says what can stand here.\n"
        f"base = {text(base)}\nname = {text(name)}\nabout = {text(name)}\n"
        f"nation = {text(answers['nation'])}\ndemonstration = false\n\n"
        f"[duty]\nname = {text(f'{name}: duty line')}\nnumber = {text(answers['number'])}\n"
        f"hours = {text(answers['hours'])}\n"
        f"check_by = {(datetime.now(LONDON).date() + RING_AGAIN).isoformat()}  # ring it by then, and put a new day\n"
        "demonstration = false\n\n"
        "# Name your services or teams; people choose from them.\n[services]\n"
        'general = "Our service"\n',
        "utf-8",
    )
    return path


def _address(kept: Kept) -> None:
    typer.echo(
        "\n2. The address\nPeople need an https address. A proxy (Caddy, nginx) in front of Hearback makes it: "
        "docs/running.md has both. Leave it empty to try things on this machine only."
    )
    known = kept.now()
    base = ask("Public address, like https://talk.example.org", known.get(f"{PREFIX}BASE_URL", ""), _https)
    proxies = known.get(f"{PREFIX}PROXIES", "") or (PROXY if base else "")
    kept.keep({f"{PREFIX}BASE_URL": base, f"{PREFIX}PROXIES": proxies})


def _https(value: str) -> str:
    if value and not re.fullmatch(r"https://[\w.-]+(:\d+)?/?", value):
        return "Write https:// and the name, without a path. Or leave it empty."
    return ""


def _twilio(kept: Kept, organisation: str) -> None:
    base, known = kept.now().get(f"{PREFIX}BASE_URL", ""), kept.now()
    names = [f"{PREFIX}TWILIO_{one}" for one in ("ACCOUNT_SID", "AUTH_TOKEN", "NUMBER")]
    typer.echo("\n3. Text messages (Twilio)")
    if not base:
        typer.echo(
            "Twilio needs the https address of step 2, so this is left for later. Run hearback set-up again then."
        )
        return
    if not yes("Connect a number now?", any(known.get(name) for name in names)):
        return
    typer.echo(
        "  a. twilio.com: sign up, upgrade. The first page of its console shows the Account SID and the Auth Token.\n"
        "  b. Phone Numbers, Buy a number: United Kingdom, SMS. (Twilio asks who you are; that takes a day or two.)\n"
        "  c. Open the number, Messaging: A message comes in, Webhook, HTTP POST:\n"
        f"       {base.rstrip('/')}/sms/{organisation}\n"
        "     The same address under Primary handler fails."
    )
    while True:
        values = {
            names[0]: ask("Account SID", known.get(names[0], ""), filled),
            names[1]: secret("Auth Token", bool(known.get(names[1]))) or known.get(names[1], ""),
            names[2]: ask("The number, like +447700900123", known.get(names[2], ""), _telephone),
        }
        known |= values
        kept.keep(values)
        if _tried(kept, "sms", names):
            return


def _telephone(value: str) -> str:
    return "" if re.fullmatch(r"\+\d{8,15}", value) else "With + and the country, digits only, like +447700900123."


def _telegram(kept: Kept) -> None:
    known, name = kept.now(), f"{PREFIX}TELEGRAM_TOKEN"
    typer.echo("\n4. Telegram")
    if not yes("Connect a bot now?", bool(known.get(name))):
        return
    typer.echo(
        "  a. In Telegram, write to @BotFather: /newbot. A name that people recognise; a user name that ends in bot.\n"
        "  b. It answers with a token. The token is the bot: show it to nobody.\n"
        "  c. Send /setjoingroups, choose your bot, Disable."
    )
    while True:
        token = secret("The token", bool(known.get(name))) or known.get(name, "")
        kept.keep({name: token})
        known[name] = token
        if _tried(kept, "telegram", [name]):
            return


def _tried(kept: Kept, channel: str, names: list[str]) -> bool:
    """Ask the provider; True when the values stay, also where somebody wants them to although they do not work."""
    from bot import endpoints
    from bot.cli import check
    from bot.deployment import profiles

    typer.echo("  Asking the provider …")
    try:
        settings = load()
        mine = [one for one in endpoints.accounts(settings, tuple(profiles(settings))) if one.channel == channel]
        found = [finding for findings in asyncio.run(check.ask(settings, mine)) for finding in findings]
    except BadSettings as error:
        found = [("wrong", str(error))]
    for how, sentence in found:
        typer.echo(f"  {'WRONG' if how == 'wrong' else how}  {sentence}")
    return _content(kept, dict.fromkeys(names, ""), not any(how == "wrong" for how, _ in found))


def _content(kept: Kept, without: dict[str, str], works: bool) -> bool:
    """Whether to go on: it works, or nobody wants to try again; then it stays all the same, or it is as ``without``."""
    if works:
        return True
    if yes("Try again?", True):
        return False
    if not yes("Keep it all the same?", False):
        kept.keep(without)
    return True


def _alerts(kept: Kept, organisation: str) -> None:
    """One way at least to somebody who is told of a sign of danger, tried at once."""
    from bot.cli import alerts

    name, known = f"{PREFIX}ALERT_ROUTES", kept.now()
    typer.echo("\n5. Who is told when somebody may be in danger")
    there = any(who == organisation for who, _, _ in alerts.kept(load()))
    there = there or f"{organisation}/" in known.get(name, "")
    if not yes("Add a way, and send a test over it?" if there else "Name somebody now?", not there):
        typer.echo(
            "  Nobody new is told. Ways are kept under Settings, Alerts in the console." + ("" if there else LATER)
        )
        return
    typer.echo(
        "  The address of whoever answers at any hour: a mailbox, a telephone, a team's channel, a pager. For example\n"
        "    mailtos://NAME:PASSWORD@example.org?to=duty@example.org\n"
        "  docs/alerts.md has every kind, and how nothing that somebody said is in a message."
    )
    others = known.get(name, "")
    while True:
        address = secret("Its address (Enter: later)", False)
        if not address:
            typer.echo(LATER)
            return
        kept.keep({name: f"{others} {organisation}/duty={address}".strip()})
        try:
            works = alerts.test(load(), organisation)
        except (BadSettings, Trouble) as error:
            typer.echo(f"  WRONG  {error}")
            works = False
        if _content(kept, {name: others}, works):
            return


def _administrator(organisation: str) -> None:
    """The first administrator; somebody is there already at a second time."""
    from bot.cli import staff
    from storage import staff as members

    typer.echo("\n6. The first administrator of the console")
    settings = load()
    with staff.opened(settings) as desk, desk.store.database.reading() as db:
        there = members.count(db, organisation)
    if there:
        typer.echo(f"  {there} may sign in already. More: hearback staff add")
        return
    name = ask("Name", "", filled)
    login = ask("Login, most often an e-mail address at work", "", members.login_problem)
    staff.add(settings, login, name, organisation, ("administrator", "complaints"), ())
