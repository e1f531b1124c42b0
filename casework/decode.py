"""Plain data into frozen dataclasses: the annotations are the schema, and every mistake is named."""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from casework.errors import ProfileError, nearest

T = TypeVar("T")
_WORDS = {str: "words in quotes", int: "a whole number", bool: "true or false", date: "a date such as 2027-03-31"}


def decode(cls: type[T], data: Mapping[str, Any], file: str) -> T:
    """A ``cls`` from what a TOML file said. Raises ProfileError with a line for each mistake."""
    faults: list[str] = []
    made = _value(cls, data, "", faults)
    if faults:
        raise ProfileError([f"{file}: {fault}" for fault in faults])
    return cast(T, made)


def merged(base: Mapping[str, Any], over: Mapping[str, Any], whole: tuple[str, ...] = ()) -> dict[str, Any]:
    """``over`` laid on ``base``: tables are joined key by key, anything else is replaced; false takes a table away.

    whole   tables whose entries are replaced and not joined
    """
    out = dict(base)
    for key, value in over.items():
        if key in whole and isinstance(value, dict):
            out[key] = {**out.get(key, {}), **value}
        elif isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        elif value is False and isinstance(out.get(key), dict):
            del out[key]
        else:
            out[key] = value
    return out


def digest(data: Mapping[str, Any]) -> str:
    """Sixteen hex digits that change when anything in the data does."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _value(kind: Any, value: Any, where: str, faults: list[str]) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        if value not in args:
            faults.append(f"{where}: “{value}” is not known here. {nearest(str(value), args)}")
        return value
    if origin in (Union, types.UnionType):
        return _value(next(a for a in args if a is not type(None)), value, where, faults)
    if origin is tuple:
        if not isinstance(value, list):
            faults.append(f"{where}: write a list, as [ … ]")
            return ()
        return tuple(_value(args[0], one, f"{where}[{i}]", faults) for i, one in enumerate(value, 1))
    if origin is Mapping:
        if not isinstance(value, dict):
            faults.append(f"{where}: write a table, as [{where}] with one line for each entry")
            return {}
        return {key: _value(args[1], _keyed(args[1], key, one), f"{where}.{key}", faults) for key, one in value.items()}
    if hasattr(kind, "from_toml"):
        try:
            return kind.from_toml(value)
        except ValueError as error:
            faults.append(f"{where}: {error}")
            return None
    if is_dataclass(kind):
        return _record(kind, value, where, faults)
    if type(value) is not kind or isinstance(value, datetime):
        faults.append(f"{where}: write {_WORDS[kind]}, not {value!r}")
    return value


def _keyed(kind: Any, key: str, value: Any) -> Any:
    """An entry of a table knows its key as ``id``; bare words, or words by language, are its name."""
    if not is_dataclass(kind) or "id" not in {f.name for f in fields(kind)}:
        return value
    if isinstance(value, str) or (isinstance(value, dict) and "en" in value):
        return {"id": key, "name": value}
    return {"id": key, **value} if isinstance(value, dict) else value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _record(kind: Any, value: Any, where: str, faults: list[str]) -> Any:
    if not isinstance(value, dict):
        faults.append(f"{where}: write a table, as [{where}] with its fields below")
        return None
    hints = _hints(kind)
    known = [f.name for f in fields(kind)]
    dot = f"{where}." if where else ""
    before = len(faults)
    for key in value:
        if key not in known:
            faults.append(f"{dot}{key}: there is no such field. {nearest(key, known)}")
    given = {key: _value(hints[key], value[key], dot + key, faults) for key in known if key in value}
    for field in fields(kind):
        if field.name not in given and field.default is MISSING and field.default_factory is MISSING:
            faults.append(f"{dot}{field.name}: this is missing; every {kind.__name__.lower()} needs it")
    return kind(**given) if len(faults) == before else None
