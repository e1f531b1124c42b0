"""``hearback rights`` and ``hearback retention``: data rights for the person who runs the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import Trouble
from bot.cli.common import Data, Organisations, settings_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from storage.store import Store

app = typer.Typer(help="Copies, corrections, holds, limits, erasure.", no_args_is_help=True, rich_markup_mode=None)
retention = typer.Typer(help="How long papers are kept.", no_args_is_help=True, rich_markup_mode=None)

References = Annotated[list[str], typer.Argument(help="Numbers of records of one organisation, like HB-7K3M-2Q.")]
Reference = Annotated[str, typer.Argument(help="Number of the record, like HB-7K3M-2Q.")]
Why = Annotated[str, typer.Option("--why", help="The reason; it stands on the record.")]
#: Who did it, where it was not a member of staff.
BY = "command line"


@contextmanager
def records_of(data: Path | None, references: list[str]) -> Iterator[tuple[Store, str, list[int], datetime]]:
    """The store, the organisation of the records, their ids, and now. Raises Trouble in words."""
    from sqlalchemy import select

    from bot.cli.cases import opened
    from bot.world import london_now
    from storage import casefile
    from storage.dues import CASE

    with opened(settings_of(data=data), "") as (store, wanted):
        with store.database.reading() as db:
            try:
                cases = [casefile.find(db, one, wanted) for one in dict.fromkeys(references)]
            except LookupError as error:
                raise Trouble(str(error.args[0])) from None
            of = set(db.execute(select(CASE.c.organisation).where(CASE.c.id.in_(cases))).scalars())
        if len(of) != 1:
            raise Trouble("These records belong to several organisations: do it for one after the other.")
        yield store, of.pop(), cases, london_now()


@app.command("export")
def export(
    references: References,
    out: Annotated[Path, typer.Option(help="The file to write, a zip.")],
    read: Annotated[list[str], typer.Option(help="WORD=REASON: this word of others may be read, and why.")] = [],
    cover: Annotated[list[str], typer.Option(help="A word more to cover.")] = [],
    without_file: Annotated[
        list[str], typer.Option(help="FILE=REASON: leave this file out, and why; an unknown one names those there are.")
    ] = [],
    withhold: Annotated[
        list[str],
        typer.Option(help="ENTRY=REASON words: leave an entry of data.json out; third, harm or law, and why."),
    ] = [],
    person: Annotated[bool, typer.Option("--person", help="With every other record from the same telephone.")] = False,
    language: Annotated[str, typer.Option(help="Language of the page; the record's own without it.")] = "",
    data: Data = None,
) -> None:
    """Write a copy of everything about somebody, what may be of others covered; the console shows it for review."""
    from bot import copying
    from casework import withholding
    from storage import audit, rights_requests

    decided = dict.fromkeys(cover, "")
    for one in read:
        word, _, reason = one.partition("=")
        if not word.strip() or not reason.strip():
            raise Trouble("Write --read WORD=REASON, for example --read “Ann=she agreed”.")
        decided[word.strip()] = reason.strip()
    without: dict[str, str] = {}
    for one in without_file:
        name, _, reason = one.partition("=")
        if not name.strip() or not reason.strip():
            raise Trouble("Write --without-file FILE=REASON, for example --without-file “3f…=another child speaks”.")
        without[name.strip()] = reason.strip()
    withheld: dict[str, tuple[str, str]] = {}
    for one in withhold:
        name, _, told = one.partition("=")
        code, _, words = told.strip().partition(" ")
        if code not in withholding.REASONS or not words.strip():
            raise Trouble(
                f"Write --withhold “ENTRY=REASON words”, a reason being {', '.join(withholding.REASONS)}, for example "
                "--withhold “HB-7K3M-2Q:talk:4=third it is her sister’s illness”."
            )
        withheld[name.strip()] = (code, words.strip())
    if out.exists():
        raise Trouble(f"{out} is there already; name another file.")
    with records_of(data, references) as (store, organisation, cases, now):
        with store.database.reading() as db:
            others = rights_requests.others(db, cases, organisation)
        if person:
            cases, others = [*cases, *others], []
        content, covered = copying.made(store, organisation, cases, decided, language, now, without, withheld)

        def note(db: Session) -> None:
            rights_requests.noted(db.connection(), organisation, "access", len(cases), BY, now)
            for reference in copying.references(db.connection(), cases):
                audit.note(db.connection(), organisation, None, "rights.copied", reference, now)

        store.writer.write(note).result()  # before there is a file: no copy is unknown to the audit
        out.touch(0o600)
        out.write_bytes(content)
    typer.echo(f"Written: {out}. Covered: {', '.join(covered) if covered else 'nothing'}.")
    if without:
        typer.echo(f"Files left out: {', '.join(f'{name} ({why})' for name, why in without.items())}. Tell them so.")
    if withheld:
        typer.echo(f"Left out: {', '.join(withheld)}, and what has the same words. The copy says so, not why.")
    if others:
        typer.echo(f"Other records from the same telephone or person, not in it: {len(others)}. --person adds them.")
    typer.echo("Read it through before anybody is given it.")


@app.command("erase")
def erase(
    references: References,
    ground: Annotated[str, typer.Option(help="asked, not_needed, objected, unlawful or law.")] = "",
    anyway: Annotated[str, typer.Option(help="Although something is open: elsewhere, mistake or order.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Erase records for good: words, files, keys. What was counted stays. What is held is refused."""
    from storage import audit, rights_erasing, rights_requests
    from storage.rights_erasing import ANYWAY, GROUNDS, Kept

    if ground not in GROUNDS:
        raise Trouble(f"Say why with --ground: {', '.join(GROUNDS)}.")
    if anyway and anyway not in ANYWAY:
        raise Trouble(f"--anyway is one of: {', '.join(ANYWAY)}.")
    with records_of(data, references) as (store, organisation, cases, now):
        if not yes:
            typer.confirm(f"Erase {len(cases)} records for good? Nobody can bring them back", abort=True)

        def go(db: Session) -> int:
            count = rights_erasing.erase(db, store.vault, cases, anyway=bool(anyway))
            rights_requests.noted(db.connection(), organisation, "erasure", count, BY, now)
            noted = f"records:{count} {ground} {anyway}".strip()
            audit.note(db.connection(), organisation, None, "rights.erase", noted, now)
            return count

        try:
            count = store.writer.dooming(go).result()
        except Kept as kept:
            why = "; ".join(f"{one.reference}: {one.why}" for one in kept.against)
            raise Trouble(f"Nothing was erased. {why}. docs/data-rights.md says what each means.") from None
        emptied = store.database.tidy()
    typer.echo(f"Erased for good: {count}. What was counted stays, without the person.")
    if not emptied:
        typer.echo("Somebody is reading just now: the server empties the database's log once they are done.")


def _mark(data: Path | None, reference: str, mark: str, why: str, lift: bool) -> None:
    from storage import audit, rights
    from storage.casefile import Refused
    from storage.ids import read_reference

    if not why.strip():
        raise Trouble("Say why with --why: whoever comes after you has to understand it.")
    with records_of(data, [reference]) as (store, organisation, cases, now):
        change = rights.lift_mark if lift else rights.put_mark

        def go(db: Session) -> None:
            change(db, store.vault, cases[0], mark, why.strip(), BY, now)
            audit.note(db.connection(), organisation, None, "rights.mark", read_reference(reference), now)

        try:
            store.writer.write(go).result()
        except Refused as refusal:
            raise Trouble(str(refusal.why)) from None
    typer.echo("Lifted." if lift else "Done.")


@app.command("hold")
def hold(
    reference: Reference,
    why: Why = "",
    lift: Annotated[bool, typer.Option("--lift", help="Lift it.")] = False,
    data: Data = None,
) -> None:
    """Hold a record: nothing erases it, by whomever, until somebody lifts that."""
    _mark(data, reference, "hold", why, lift)


@app.command("limit")
def limit(
    reference: Reference,
    why: Why = "",
    lift: Annotated[bool, typer.Option("--lift", help="Lift it.")] = False,
    data: Data = None,
) -> None:
    """Limit the use of a record: kept and seen, nothing sent, in no list of work."""
    _mark(data, reference, "limited", why, lift)


@app.command("correct")
def correct(reference: Reference, step: str, words: str, why: Why = "", data: Data = None) -> None:
    """Put the answer to a question right (its step as `hearback rights agreed` or `cases show --json` names it)."""
    from storage import audit, rights, rights_requests
    from storage.casefile import Refused
    from storage.ids import read_reference

    if not why.strip():
        raise Trouble("Say why with --why: who asked for it, and how you know.")
    with records_of(data, [reference]) as (store, organisation, cases, now):

        def go(db: Session) -> None:
            rights.put_right(db, store.vault, cases[0], step, [words], why.strip(), BY, now)
            rights_requests.noted(db.connection(), organisation, "rectification", 1, BY, now)
            audit.note(db.connection(), organisation, None, "rights.correct", read_reference(reference), now)

        try:
            store.writer.write(go).result()
        except Refused as refusal:
            raise Trouble(str(refusal.why)) from None
    typer.echo("It is put right. What stood there before is kept in the history.")


@app.command("agreed")
def agreed(reference: Reference, data: Data = None) -> None:
    """Print what somebody agreed to or refused, when, and in which words they were asked."""
    from bot.cli.cases import london
    from storage import audit, consents
    from storage.ids import read_reference

    with records_of(data, [reference]) as (store, organisation, cases, now):
        with store.database.reading() as db:
            found = consents.log(db, store.vault, cases[0])
        # Before anything of it is shown, as the console does it.
        audit.written(store, audit.Deed(organisation, None, "record.agreed", now, read_reference(reference)))
        for one in found:
            holds = "" if one.now else "  (changed since)"
            typer.echo(f"{london(one.at.isoformat())}  {one.question or one.event}: {', '.join(one.answer)}{holds}")


@retention.command("preview")
def preview(
    organisation: Organisations = "",
    ahead: Annotated[int, typer.Option(min=0, max=36_500, help="As it is in so many days.")] = 0,
    data: Data = None,
) -> None:
    """Print what has been kept as long as its rule says, and what keeps it all the same. Nothing is erased."""
    from bot.cli.cases import opened, seen
    from bot.world import london_now
    from storage import rights_besides, rights_retention

    with opened(settings_of(data=data), organisation) as (store, wanted), store.database.reading() as db:
        for name in wanted:
            profile, count = store.procedures.now(name), 0
            found = list(rights_retention.every(db, profile, london_now(), ahead=ahead))
            seen(store, "retention.seen", ({"organisation": name, "reference": one.reference} for one in found))
            for one in found:
                why = f"kept: {one.why}" if one.why else "goes"
                typer.echo(f"{one.reference}  {one.kind:<10}  {one.rule or '-':<12}  until {one.until}  {why}")
                count += not one.why
            typer.echo(f"{name}: {count} records may go.")
            for other in rights_besides.over(db, profile, london_now()) if not ahead else ():
                if other.rows:
                    typer.echo(f"{name}: {len(other.rows)} rows of {other.table.name} may go ({other.rule.name}).")


@retention.command("run")
def run(
    organisation: Organisations = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Erase what has been kept as long as its rule says and nothing keeps; see preview first."""
    from bot.cli.cases import opened
    from bot.world import london_now
    from storage import rights_besides, rights_retention

    with opened(settings_of(data=data), organisation) as (store, wanted):
        if not yes:
            typer.confirm("Erase what `hearback retention preview` shows, for good?", abort=True)
        for name in wanted:
            talks = rights_retention.sweep(store, name, london_now())
            count = 0
            while some := rights_retention.run(store, name, london_now()):
                count += some
            others = rights_besides.let_go(store, name, london_now())
            typer.echo(f"{name}: erased {count} records, {talks} talks without one and {others} things besides.")
