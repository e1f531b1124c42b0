"""The organisations of a deployment: which profiles are served, each with its world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from bot import danger
from bot.config import BadSettings, Settings
from bot.danger import Watching
from bot.world import HELP, OrganisationWorld, help_said, london_now
from casework import procedure
from casework.errors import ProfileError, nearest
from casework.procedure import Profile
from flows.safety import Watch
from locales import SOURCE


def profiles(settings: Settings) -> dict[str, Profile]:
    """Organisation id -> its profile, in the order asked for; one without a duty line is only a base for others.

    Raises BadSettings in words.
    """
    paths: dict[str, str | Path] = {name: name for name in procedure.shipped()}
    if settings.profiles is not None:
        if not settings.profiles.is_dir():
            raise BadSettings(f"HEARBACK_PROFILES is {str(settings.profiles)!r}: there is no such folder.")
        own = sorted(path for path in settings.profiles.glob("*.toml") if not path.stem.startswith("_"))
        paths.update((path.stem, path) for path in own)
    chosen = settings.organisations or tuple(paths)
    found: dict[str, Profile] = {}
    for name in chosen:
        if name not in paths:
            raise BadSettings(f"HEARBACK_ORGANISATIONS: no profile is called {name!r}. {nearest(name, paths)}")
        try:
            profile = procedure.load(paths[name])
        except ProfileError as error:
            raise BadSettings(f"The profile {name} cannot be used:\n{error}") from None
        if profile.duty is not None:
            for place in HELP:  # a missing help line is refused now, not when somebody is in danger
                help_said(profile, place, SOURCE)
            found[profile.id] = profile
        elif name in settings.organisations:
            raise BadSettings(
                f"HEARBACK_ORGANISATIONS: {name!r} is a procedure for organisations to start from: it has no [duty], "
                "so nobody would read what people send."
            )
    if not found:
        raise BadSettings("There is no organisation to serve: put a profile into the folder of HEARBACK_PROFILES.")
    return found


def watch(settings: Settings | None = None) -> Watch:
    """The danger words of every language, with the changes of HEARBACK_DANGER, ready to be looked for.

    Raises BadSettings in words.
    """
    return danger.watch(settings.danger, settings.compiled_folder) if settings else danger.watch()


def watching(settings: Settings) -> Watch | Watching:
    """The same, read later where nothing of an organisation's own can be wrong with it: for what starts quickly."""
    return watch(settings) if settings.danger else Watching(settings.compiled_folder)


def worlds(
    found: Mapping[str, Profile], watch: Watch | Watching, clock: Callable[[], datetime] = london_now
) -> dict[str, OrganisationWorld]:
    """Organisation id -> its world."""
    return {name: OrganisationWorld(profile, watch, clock) for name, profile in found.items()}
