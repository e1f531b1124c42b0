"""The file ``.env`` as the wizard keeps it: values changed in their place, everything else as somebody wrote it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

_PLAIN = re.compile(r"[A-Za-z0-9_./:@+,=%-]*")
_NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def read(path: Path) -> dict[str, str]:
    """Name -> value, {} where there is no file."""
    return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}


def write(path: Path, values: Mapping[str, str]) -> None:
    """Put these values in the place of those before; "" takes a line away. Only its owner may read the file."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    left = dict(values)
    out = []
    for line in lines:
        found = _NAME.match(line)
        if found is None or found[1] not in values:
            out.append(line)
        elif value := left.pop(found[1], ""):
            out.append(f"{found[1]}={quoted(value)}")
    out += [f"{name}={quoted(value)}" for name, value in left.items() if value]
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")
    new.replace(path)


def quoted(value: str) -> str:
    """A value as the file holds it: nothing in it is read as anything but itself."""
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
