"""``hearback keys``: a new key for the ring, while everything goes on."""

from __future__ import annotations

import typer

from bot.config import Settings
from storage.secrets import KeyRing
from storage.vault import Vault


def rotate(settings: Settings) -> None:
    """Add a key that wraps from now on, and wrap every data key with it. Servers that run take it up by themselves.

    Raises KeyRingMissing or KeyRingWrong. Broken off, it is begun again by the same command.
    """
    path = settings.ring_file
    ring = KeyRing.load(path).rotated(path)
    vault = Vault(settings.key_store_url, ring, ring_file=path, ahead=0)
    many = last = 0
    try:
        while True:
            done, last = vault.rewrap(last)
            many += done
            if not last:
                break
    finally:
        vault.close()
    typer.echo(f"Key {ring.current} wraps from now on; {many} data keys are wrapped with it.")
    typer.echo(
        f"Back up {path} again, apart from the database: an older copy does not open what is written from now on."
    )
