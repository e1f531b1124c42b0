"""``hearback tokens`` and ``hearback webhooks``: what other programs may do, and what they are told."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.common import AsJson, Data, Organisation, settings_of

tokens = typer.Typer(help="Tokens of other programs.", no_args_is_help=True, rich_markup_mode=None)
webhooks = typer.Typer(help="What other systems are told.", no_args_is_help=True, rich_markup_mode=None)


@tokens.command("add")
def tokens_add(
    name: Annotated[str, typer.Argument(help="The program that will use it.")],
    scope: Annotated[
        list[str], typer.Option(help="records, words, restricted, file, reports or webhooks; several: repeat it.")
    ],
    days: Annotated[int, typer.Option(min=1, max=731, help="How long it lasts.")] = 365,
    organisation: Organisation = "",
    data: Data = None,
) -> None:
    """Make a token for a program and print it, this once."""
    from bot.cli.tokens import add

    add(settings_of(data=data), organisation, name, scope, days)


@tokens.command("list")
def tokens_list(organisation: Organisation = "", as_json: AsJson = False, data: Data = None) -> None:
    """List the tokens: what each may do, until when, when it was last used."""
    from bot.cli.tokens import listing

    listing(settings_of(data=data), organisation, as_json)


@tokens.command("revoke")
def tokens_revoke(
    number: Annotated[int, typer.Argument(help="Id of the token, as the list has it.")],
    organisation: Organisation = "",
    data: Data = None,
) -> None:
    """End a token at once, and the webhooks that it made."""
    from bot.cli.tokens import revoke

    revoke(settings_of(data=data), organisation, number)


@webhooks.command("list")
def webhooks_list(organisation: Organisation = "", as_json: AsJson = False, data: Data = None) -> None:
    """List the webhooks, what waits for each and what was given up."""
    from bot.cli.webhooks import listing

    listing(settings_of(data=data), organisation, as_json)


@webhooks.command("replay")
def webhooks_replay(
    number: Annotated[int, typer.Argument(help="Id of the webhook, as the list has it.")],
    since: Annotated[
        str, typer.Option(help="Everything from this day on, as 2027-03-31; else what was given up.")
    ] = "",
    organisation: Organisation = "",
    data: Data = None,
) -> None:
    """Tell a webhook again."""
    from bot.cli.webhooks import replay

    replay(settings_of(data=data), organisation, number, since)
