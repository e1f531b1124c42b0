"""The ``hearback`` command. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import gc
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import Trouble, audit, demo, keeping, profile, programs, rights, wizard
from bot.cli.common import AsJson, Data, Organisation
from bot.cli.common import settings_of as _settings
from bot.config import BadSettings

app = typer.Typer(
    name="hearback",
    help="Compliments, informal feedback, complaints and requests for an advocate, in the person's own language.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cases = typer.Typer(help="What has been filed.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(cases, name="cases")
staff = typer.Typer(help="Who may sign in to the console.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(staff, name="staff")
alerts = typer.Typer(help="How staff are told of signs of danger.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(alerts, name="alerts")
app.add_typer(keeping.keys, name="keys")
app.add_typer(programs.tokens, name="tokens")
app.add_typer(programs.webhooks, name="webhooks")
app.add_typer(profile.app, name="profile")
app.add_typer(demo.app, name="demo")
app.add_typer(rights.app, name="rights")
app.add_typer(rights.retention, name="retention")
app.add_typer(audit.app, name="audit")
app.command("set-up")(wizard.set_up)
app.command()(profile.deadline)
for one in (keeping.migrate, keeping.backup, keeping.restore):
    app.command()(one)


class Channel(StrEnum):
    """The ways in that a terminal can look like."""

    sms = "sms"
    telegram = "telegram"
    web = "web"


class Register(StrEnum):
    """The wordings of a script."""

    plain = "plain"
    child = "child"
    young = "young"
    easy = "easy"


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Invent a year of people where nothing is yet; HEARBACK_DEMO decides first.")
    ] = False,
) -> None:
    """Start Hearback and print its addresses; Ctrl+C finishes what is under way and stops."""
    # What a start makes stays: looking for garbage in it meanwhile takes a tenth of the start (``bot.app`` resumes).
    gc.disable()
    from bot.app import serve

    serve(_settings(data=data, host=host, port=port), demo)


@app.command()
def chat(
    channel: Annotated[Channel, typer.Option(help="How the talk looks.")] = Channel.web,
    language: Annotated[str, typer.Option(help="Language the channel takes it to be: en, cy, ar, pl.")] = "",
    organisation: Organisation = "",
    sender: Annotated[str, typer.Option(help="Who is writing: the same sender comes back to the same talk.")] = "",
    entry: Annotated[
        list[str] | None, typer.Option(metavar="STEP=VALUE", help="What a poster or link preselects: kind=complaint.")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
    temporary: Annotated[
        bool, typer.Option("--temporary", help="Keep nothing: a database of its own, then gone.")
    ] = False,
) -> None:
    """Have a conversation in the terminal, with the real engine and the real store.

    Each line is one message. /press 2 presses a button (/press 1 3 ticks two), /photo PATH sends a file,
    /open is coming to the page, /quit ends; an empty line sends nothing. Input may come from a file or a pipe.
    """
    from bot.cli.chat import play

    play(
        _settings(data=data),
        channel=channel.value,
        language=language,
        organisation=organisation,
        sender=sender,
        entry=dict(_pair(one) for one in entry or ()),
        as_json=as_json,
        temporary=temporary,
    )


def _pair(text: str) -> tuple[str, str]:
    step, equals, value = text.partition("=")
    if not (step and equals and value):
        raise typer.BadParameter(f"{text!r} is not STEP=VALUE; for example: --entry kind=complaint")
    return step, value


@app.command()
def script(
    flow: Annotated[str, typer.Argument(help="Id of a flow; without it they are listed.")] = "",
    language: Annotated[str, typer.Option(help="Language to print it in.")] = "en",
    register: Annotated[Register | None, typer.Option(help="This wording only.")] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="A drawing (Mermaid) instead of the text.")] = False,
) -> None:
    """Print a flow for review: every question in every wording, and who is asked it."""
    from bot.cli.script import show

    typer.echo(
        show(flow, language, None if register is None else register.value.replace("plain", ""), mermaid), nl=False
    )


@cases.command("list")
def cases_list(organisation: Organisation = "", as_json: AsJson = False, data: Data = None) -> None:
    """List what has been filed, newest first; signs of danger are marked."""
    from bot.cli.cases import listing

    listing(_settings(data=data), organisation, as_json)


@cases.command("show")
def cases_show(
    reference: Annotated[str, typer.Argument(help="Reference of the record.")],
    organisation: Organisation = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Show one record: every answer under its question, in the person's own words."""
    from bot.cli.cases import show

    show(_settings(data=data), reference, organisation, as_json)


@cases.command("due")
def cases_due(organisation: Organisation = "", as_json: AsJson = False, data: Data = None) -> None:
    """List what is overdue, due today or soon due."""
    from bot.cli.cases import due

    due(_settings(data=data), organisation, as_json)


@cases.command("moved")
def cases_moved(organisation: Organisation = "", as_json: AsJson = False, data: Data = None) -> None:
    """List due dates that moved because holidays changed: people who were told another day must hear."""
    from bot.cli.cases import moved

    moved(_settings(data=data), organisation, as_json)


Login = Annotated[str, typer.Argument(help="What they sign in with, most often their e-mail address at work.")]
RoleNames = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        help="participation, officer, manager, complaints, safeguarding, advocate, reports or administrator; "
        "may be given several times.",
    ),
]
ServiceNames = Annotated[list[str] | None, typer.Option("--service", help="A service of a team manager, by its id.")]


@staff.command("add")
def staff_add(
    login: Login,
    role: RoleNames = None,
    name: Annotated[str, typer.Option(help="Their name, as colleagues read it.")] = "",
    service: ServiceNames = None,
    organisation: Organisation = "",
    data: Data = None,
) -> None:
    """Add somebody and print a one-time link with which they choose a password and connect their phone."""
    from bot.cli.staff import add

    if not role:
        raise typer.BadParameter("give at least one role: --role participation", param_hint="--role")
    add(_settings(data=data), login, name, organisation, role, service or ())


@staff.command("role")
def staff_role(
    login: Login,
    role: RoleNames = None,
    service: ServiceNames = None,
    disabled: Annotated[
        bool | None, typer.Option("--disable/--enable", help="Shut them out at once; or let them in again.")
    ] = None,
    data: Data = None,
) -> None:
    """Change somebody's roles and services, or shut them out."""
    from bot.cli.staff import role as change

    change(_settings(data=data), login, role or (), service, disabled)


@staff.command("reset")
def staff_reset(login: Login, data: Data = None) -> None:
    """Forget how somebody signs in, sign them out everywhere, and print a new one-time link."""
    from bot.cli.staff import reset

    reset(_settings(data=data), login)


@staff.command("list")
def staff_list(organisation: Organisation = "", as_json: AsJson = False, data: Data = None) -> None:
    """List who may sign in, and as what."""
    from bot.cli.staff import listing

    listing(_settings(data=data), organisation, as_json)


@alerts.command("test")
def alerts_test(organisation: Organisation = "", data: Data = None) -> None:
    """Send a marked test over every alert route of an organisation now; exit code 1 when one failed."""
    from bot.cli.alerts import test

    raise typer.Exit(0 if test(_settings(data=data), organisation) else 1)


@app.command()
def danger(
    language: Annotated[str, typer.Option("--language", "-l", help="What the lines are written in.")] = "",
    as_json: AsJson = False,
    compare: Annotated[
        Path | None, typer.Option("--compare", help="A changed list (en.toml): show only the lines it changes.")
    ] = None,
) -> None:
    """Say which signs of danger there are in the lines of standard input, why, and by which rule."""
    from bot.cli.danger import main

    main(_settings(), language, as_json, compare)


@app.command()
def report(
    organisation: Annotated[str, typer.Option("--organisation", "-o", help="Id of an organisation.")],
    since: Annotated[str, typer.Option("--from", help="The first day, as 2020-04-01.")],
    until: Annotated[str, typer.Option("--to", help="The last day, as 2021-03-31.")],
    formats: Annotated[list[str], typer.Option("--format", help="html, docx, xlsx, csv or json; several: repeat it.")],
    out: Annotated[Path, typer.Option(help="Folder for the files; made when it is not there.")] = Path("."),
    level: Annotated[str, typer.Option(help="organisation, service:ID or team:NAME.")] = "organisation",
    earlier: Annotated[int, typer.Option(min=0, max=5, help="How many earlier periods stand beside it.")] = 2,
    split: Annotated[str, typer.Option(help="Over every table: speaker, age, disability, ethnicity, language.")] = "",
    language: Annotated[str, typer.Option(help="Language of the report: en or cy.")] = "en",
    publish: Annotated[
        bool, typer.Option("--publish", help="A copy to publish: small numbers hidden, homes numbered, no links.")
    ] = False,
    data: Data = None,
) -> None:
    """Write the report of an organisation over some days into files; every figure as of now."""
    from bot.cli.report import write

    write(
        _settings(data=data), organisation, since, until, formats, out, level=level, earlier=earlier, split=split,
        language=language, publish=publish,
    )  # fmt: skip


@app.command("import")
def import_(
    file: Annotated[
        Path | None, typer.Argument(help="CSV, Excel (.xlsx) or JSON lines; docs/import.md has the columns.")
    ] = None,
    organisation: Organisation = "",
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook; the first with known headings otherwise.")] = "",
    totals: Annotated[
        bool, typer.Option("--totals", help="The file has figures of earlier years, not records.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List every problem with its row; change nothing.")
    ] = False,
    columns: Annotated[bool, typer.Option("--columns", help="Print the columns and what each may hold.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Take away what a broken-off import left.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Bring an organisation's history from a file: all of it, or nothing. What is here already stays as it is."""
    from bot.cli import import_ as history

    settings = _settings(data=data)
    if columns:
        history.columns(settings, organisation)
    elif discard:
        history.discard(settings, organisation)
    elif file is None:
        raise typer.BadParameter("say which file: hearback import FILE", param_hint="FILE")
    elif totals:
        history.bring_totals(settings, file, organisation, sheet, dry_run, as_json)
    else:
        history.bring(settings, file, organisation, sheet, dry_run, as_json)


@app.command()
def identify(as_json: AsJson = False) -> None:
    """Say which language each line of standard input is taken for, and why; or that its writer would be asked."""
    from bot.cli.identify import main

    main(as_json)


@app.command()
def check(data: Data = None) -> None:
    """Say what is configured and what is missing; exit code 1 when something needed is wrong."""
    from bot.cli.check import report

    lines, fine = report(_settings(data=data))
    typer.echo("\n".join(lines))
    raise typer.Exit(0 if fine else 1)


@app.command()
def settings(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The reference page, as in docs/configuration.md.")
    ] = False,
) -> None:
    """Show every setting and its value; a database password is not shown."""
    from bot.cli.check import in_force
    from bot.config import reference

    typer.echo(reference() if markdown else in_force(_settings()), nl=not markdown)


@app.command()
def dictionary() -> None:
    """Print the data dictionary, as in docs/data-dictionary.md: facts, tables, columns."""
    from bot.dictionary import markdown

    typer.echo(markdown(), nl=False)


def main() -> None:
    """Runs the command; whatever goes wrong is a sentence on standard error, never a traceback."""
    try:
        app()
    except BadSettings as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except Trouble as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
    except Exception as error:
        from bot.logs import frames
        from storage.secrets import KeyRingMissing, KeyRingWrong

        if isinstance(error, (KeyRingMissing, KeyRingWrong)):
            typer.echo(str(error), err=True)
            sys.exit(1)

        where = frames(error.__traceback__)
        typer.echo(
            f"Something went wrong inside Hearback: {type(error).__name__}, at {where}. Please report it.", err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
