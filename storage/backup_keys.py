"""The end of backed up keys: what was erased can be read again for as long as anybody has its key.

Files are overwritten before they go, as far as the disk lets one: on a disk of flash, or with snapshots below the file
system, an older copy may stay until it is overwritten there as well.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.backup import ENDED, KEYS, MANIFEST, NAME, RING
from storage.secrets import sync_folder

#: Bytes that are overwritten at once.
_PIECE = 1024 * 1024


def older(folder: Path, now: datetime, days: int) -> list[Path]:
    """Backups of keys in a folder that are more than so many days old, the oldest first. Raises OSError."""
    before = now.astimezone(UTC) - timedelta(days=days)
    found = sorted(ring.parent for ring in folder.glob(f"*/{RING}"))
    return [one for one in found if not one.is_symlink() and (made := _made(one)) is not None and made < before]


def destroy(backup: Path) -> None:
    """Overwrite and remove what a backup of keys holds, durable when this returns; nothing else that lies there.

    Killed in the middle it is still found by ``older``: the ring is the last to go. Raises OSError.
    """
    for name in (KEYS, ENDED, MANIFEST, RING):
        if (file := backup / name).is_file() and not file.is_symlink():
            _overwrite(file)
            file.unlink()
            sync_folder(backup)
    if not any(backup.iterdir()):
        backup.rmdir()
        sync_folder(backup.parent)


def _made(backup: Path) -> datetime | None:
    try:
        return datetime.strptime(backup.name, NAME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _overwrite(file: Path) -> None:
    with file.open("r+b") as held:
        left = os.fstat(held.fileno()).st_size
        while left > 0:
            left -= held.write(bytes(min(left, _PIECE)))
        held.flush()
        os.fsync(held.fileno())
