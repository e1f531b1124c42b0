"""The copy as a page: plain HTML without a script, to read on any phone and to print. The words come from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from casework.calendar import LONDON
from casework.privacy import COPY, REGULATOR
from casework.withholding import PARTS

_STYLE = (
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem;color:#1d1a2b;"
    "background:#fff}h1,h2,h3{line-height:1.25}section{border-top:3px solid #5b3ea8;margin-top:2rem}dt{font-weight:700;"
    "margin-top:.7rem}dd{margin:0;white-space:pre-wrap}.soft{color:#5a5668;font-size:.92rem}.us{padding-inline-start:"
    "1.5rem}li{margin:.4rem 0;white-space:pre-wrap}ul{padding-inline-start:1.2rem}"
    "@media print{body{max-width:none}section{break-before:page}}"
)


def page(
    records: Sequence[Mapping[str, Any]],
    files: Mapping[str, str],
    *,
    say: Callable[..., str],
    language: str,
    direction: str,
    organisation: str,
    made: str,
    covers: bool,
) -> str:
    """The page. ``files``: id -> address.

    say  a text of the public's catalogue, with its places, in the reader's language (``locales.speaker``)
    """

    def named(name: str, **places: str) -> str:
        return str(say(COPY[name], **places))

    parts = [f"<h1>{escape(named('title'))}</h1>"]
    parts.append(f"<p>{escape(named('made', date=made, organisation=organisation))}</p>")
    if covers:
        parts.append(f"<p>{escape(named('covered'))}</p>")
    parts.append(f"<p>{escape(named('wrong'))}</p>")
    if any(one.get("left_out") for record in records for part in (*PARTS, "files") for one in record[part]):
        parts.append(f"<p>{escape(named('regulator', regulator=REGULATOR))}</p>")
    for record in records:
        parts += _record(record, files, named)
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="{escape(language.replace("_", "-"))}" dir="{direction}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(named('title'))}</title><style>{_STYLE}</style><main>{body}</main></html>"
    )


def _record(record: Mapping[str, Any], files: Mapping[str, str], say: Callable[..., str]) -> Iterable[str]:
    nothing = f'<p class="soft">{escape(say("nothing"))}</p>'
    yield f"<section><h2>{escape(say('record', reference=record['reference']))}</h2>"
    yield f'<p class="soft">{_time(record["sent"] or record["begun"])} · {escape(record["place"])}</p>'
    if record["reach"]:
        yield f"<p>{escape(say('reach'))}: <bdi>{escape(record['reach'])}</bdi></p>"
    answers = [(one["question"], _given(one, say, one["chosen"]), one["files"]) for one in record["answers"]]
    yield f"<h3>{escape(say('answers'))}</h3>" + (_asked(answers, files) or nothing)
    agreed = [(one["question"], [_held(one, say), _time(one["at"])], ()) for one in record["agreed"]]
    yield f"<h3>{escape(say('agreed'))}</h3>" + (_asked(agreed, files) or nothing)
    yield f"<h3>{escape(say('talk'))}</h3>" + _lines(
        (
            say("we") if one["from"] == "us" else say("you"),
            one["at"],
            "\n".join([*_given(one, say), *one["chosen"]]),
            one["from"],
        )
        for one in record["talk"]
    )
    yield f"<h3>{escape(say('happened'))}</h3>" + _lines(
        (one["what"], one["at"], "\n".join(filter(None, (one["who"], one["why"], *_given(one, say)))), "")
        for one in record["happened"]
    )
    if record["signs"]:
        yield f"<h3>{escape(say('signs'))}</h3>" + _lines(
            (", ".join(one["of"]).replace("_", " "), one["at"], "\n".join(_given(one, say)), "")
            for one in record["signs"]
        )
    yield f"<h3>{escape(say('seen'))}</h3>" + (
        _lines((one["who"], one["at"], one["what"].replace(".", ": ").replace("_", " "), "") for one in record["seen"])
        or nothing
    )
    linked = [_file(one["id"], files) for one in record["files"] if one["id"] in files]
    linked += [escape(say(left)) for one in record["files"] if (left := one.get("left_out"))]
    if linked:
        yield f"<h3>{escape(say('files'))}</h3><ul>" + "".join(f"<li>{one}</li>" for one in linked) + "</ul>"
    yield "</section>"


def _asked(rows: Iterable[tuple[str, Sequence[str], Iterable[str]]], files: Mapping[str, str]) -> str:
    out = ""
    for question, answer, given in rows:
        shown = "\n".join(map(escape, answer)) + " ".join(_file(one, files) for one in given if one in files)
        out += f'<dt dir="auto">{escape(question)}</dt><dd dir="auto">{shown}</dd>'
    return f"<dl>{out}</dl>" if out else ""


def _lines(rows: Iterable[tuple[str, str, str, str]]) -> str:
    out = ""
    for head, at, text, side in rows:
        shown = f'<br><span dir="auto">{escape(text)}</span>' if text else ""
        out += f'<li class="{side}"><b>{escape(head)}</b> <span class="soft">{_time(at)}</span>{shown}</li>'
    return f"<ul>{out}</ul>" if out else ""


def _file(number: str, files: Mapping[str, str]) -> str:
    return f'<a href="{escape(files[number])}">{escape(files[number].rpartition("/")[2])}</a>'


def _given(one: Mapping[str, Any], say: Callable[..., str], before: Iterable[str] = ()) -> list[str]:
    """The words of an entry; where it is left out, that it is."""
    if left := one.get("left_out"):
        return [say(left)]
    return [*before, *next(one[name] for name in ("answer", "text", "details", "words") if name in one)]


def _held(one: Mapping[str, Any], say: Callable[..., str]) -> str:
    """What was agreed to; in brackets what was said otherwise later."""
    answer = ", ".join(_given(one, say))
    return answer if one["now"] else f"({answer})"


def _time(iso: str) -> str:
    return f"{datetime.fromisoformat(iso).astimezone(LONDON):%d.%m.%Y %H:%M}"
