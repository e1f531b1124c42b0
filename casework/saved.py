"""A profile as text and back, so that a record keeps the procedure it was filed under when the file has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from casework.calendar import Hours
from casework.decode import decode
from casework.offer import Name
from casework.procedure import Profile

#: How a date is written: TOML knows dates, JSON does not.
_DATE = "$date"


def to_json(profile: Profile) -> str:
    """The whole profile, its base worked in, as JSON."""
    return json.dumps(_plain(profile), ensure_ascii=False, sort_keys=False)


def from_json(text: str) -> Profile:
    """The profile again. Raises ProfileError when it is of a shape that this program does not know."""
    return decode(Profile, json.loads(text, object_hook=_dated), "a profile version that was kept")


def _plain(value: Any) -> Any:
    if isinstance(value, Name):
        return dict(value.by_language)
    if isinstance(value, Hours):
        days = value.days if value.days == "every day" else f"on {value.days}"
        return f"{value.opens:%H:%M}–{value.closes:%H:%M} {days}"
    if is_dataclass(value):
        given = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(one) for name, one in given if one is not None}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return {_DATE: value.isoformat()} if isinstance(value, date) else value


def _dated(table: dict[str, Any]) -> Any:
    return date.fromisoformat(table[_DATE]) if set(table) == {_DATE} else table
