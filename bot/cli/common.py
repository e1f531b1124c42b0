"""What the commands share: the settings in force, and the option that names another data folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.config import Settings, load

Data = Annotated[Path | None, typer.Option("--data", help="Data folder, instead of HEARBACK_DATA.")]


def settings_of(**overrides: Any) -> Settings:
    """The settings with what the command line says, and the log as they want it. Raises BadSettings."""
    from bot import logs

    settings = load(**overrides)
    logs.set_up(settings.log_level, settings.log_format)
    return settings
