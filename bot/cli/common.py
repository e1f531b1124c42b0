"""What the commands share: the settings in force, and the options that several of them have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.config import Settings, load

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Data = Annotated[Path | None, typer.Option("--data", help="Data folder, instead of HEARBACK_DATA.")]
Organisation = Annotated[str, typer.Option("--organisation", "-o", help="Id of an organisation (see: hearback check).")]
Organisations = Annotated[str, typer.Option("--organisation", "-o", help="Id of an organisation; all without it.")]


def settings_of(**overrides: Any) -> Settings:
    """The settings with what the command line says, and the log as they want it. Raises BadSettings."""
    from bot import logs

    settings = load(**overrides)
    logs.set_up(settings.log_level, settings.log_format)
    return settings
