"""Prints a flow for people who review it: every question, in every wording, and a drawing (Mermaid)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from flows.steps import (
    Ask,
    AskDate,
    Choose,
    Collect,
    File,
    Flow,
    LookUp,
    Option,
    ReadBack,
    Step,
    Tell,
    Text,
    options_of,
)

#: (context, English message id) -> what is said
Translate = Callable[[str, str], str]

WORDINGS = {"": "everybody", "child": "a child", "young": "a young person", "easy": "easy-read"}


def script(flow: Flow, translate: Translate, register: str | None = None) -> str:
    """The flow as text. ``register`` ("", "child", "young", "easy") shows that wording only."""
    lines = [f"# {_say(flow.title, translate, register)}", ""]
    lines.append(f"Flow `{flow.id}`. " + (f"It files: {flow.kind}." if flow.kind else "It files no record of its own."))
    for number, step in enumerate(flow.steps, 1):
        lines += ["", f"## {number}. {step.id} ({_what(step)})"]
        if isinstance(step, Step):
            lines += [f"Only when {step.when}."] if step.when else []
            notes = [
                *(["can be skipped"] if step.optional else ["cannot be skipped"]),
                *(["never shown in the read-back"] if step.private else []),
            ]
            lines.append(_sentence("; ".join(notes)) if step.label.plain or not step.optional or step.private else "")
        lines += _texts(step, translate, register)
        for position, option in enumerate(options_of(step), 1):
            lines.append(f"  {position}. {_say(option.label, translate, register)}{_leads(option)}")
    return "\n".join(_tidy(lines)) + "\n"


def _tidy(lines: list[str]) -> Iterator[str]:
    """Without a blank line directly below a heading."""
    for before, line in zip(["", *lines], lines, strict=False):
        if line or not before.startswith("##"):
            yield line


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _what(step: object) -> str:
    match step:
        case Choose(many=many, source=source):
            listed = f" from the organisation's {source}" if source else ""
            return ("several answers" if many else "one answer") + listed
        case Ask(kind="receipt"):
            return "sixteen digits"
        case Ask():
            return "a few words"
        case AskDate():
            return "a date"
        case Collect():
            return "the story, in as many messages as they like"
        case ReadBack():
            return "read back before it is sent"
        case Tell():
            return "told, not asked"
        case LookUp(query=query):
            return f"looked up: {query}"
        case File(kind=kind):
            return f"filed as {kind}"
    return type(step).__name__.lower()


def _texts(step: object, translate: Translate, register: str | None) -> Iterator[str]:
    for name, title in (
        ("text", ""),
        ("again", "After each message"),
        ("more", "Explained"),
        ("label", "On the record"),
    ):
        text = getattr(step, name, None)
        if not isinstance(text, Text) or not text.plain:
            continue
        for context, message in _wordings(text, register):
            who = f" to {WORDINGS[context]}" if context and register is None else ""
            before = f"{title}{who}: ".lstrip() if title else (f"Said{who}: " if who else "")
            yield f"> {before}{translate(context, message)}"


def _wordings(text: Text, register: str | None) -> Iterator[tuple[str, str]]:
    if register is None:
        yield from text.wordings() if not text.verbatim else iter([("", text.plain)])
    else:
        yield text.pick("" if register == "easy" else register, register == "easy")


def _say(text: Text, translate: Translate, register: str | None) -> str:
    return translate(*text.pick("" if register == "easy" else register or "", register == "easy"))


def _leads(option: Option) -> str:
    notes = [
        *([f"goes on to `{option.flow}`"] if option.flow else []),
        *([f"from here in the words for {WORDINGS[option.register]}"] if option.register else []),
        *(["a sign of danger"] if option.danger else []),
        *(["with words of their own"] if option.words else []),
        *(["rules the others out"] if option.alone else []),
    ]
    return f" [{'; '.join(notes)}]" if notes else ""


# The drawing ------------------------------------------------------------------------------------


def mermaid(flow: Flow, translate: Translate) -> str:
    """The flow as a Mermaid flowchart: steps with the same condition share one diamond."""
    lines = ["flowchart TD", f'  start(["{_plain(_say(flow.title, translate, None))}"])']
    loose: list[tuple[str, str]] = [("start", "")]  # (node, label of its way on) still to be joined to what follows
    guarded = groupby(flow.steps, key=lambda step: str(step.when) if isinstance(step, Step) and step.when else "")
    number = 0
    for fork, (guard, steps) in enumerate(guarded):
        otherwise: list[tuple[str, str]] = []
        if guard:
            lines.append(f'  if{fork}{{"{_plain(guard)}?"}}')
            lines += _join(loose, f"if{fork}")
            loose, otherwise = [(f"if{fork}", "yes")], [(f"if{fork}", "no")]
        for step in steps:
            number += 1
            node = f"s{number}"
            left, right = ("([", "])") if isinstance(step, (File, LookUp)) else ("[", "]")
            lines.append(f'  {node}{left}"{number}. {_plain(_title(step, translate))}"{right}')
            lines += _join(loose, node)
            lines += [
                f'  {node} -->|"{_plain(_say(option.label, translate, None))}"| to_{option.flow}(["{option.flow}"])'
                for option in options_of(step)
                if option.flow
            ]
            stays = any(not option.flow for option in options_of(step)) or not options_of(step)
            loose = [(node, "")] if stays else []
        loose += otherwise
    if loose:
        lines.append('  done(["end"])')
        lines += _join(loose, "done")
    return "\n".join(lines) + "\n"


def _join(loose: list[tuple[str, str]], node: str) -> list[str]:
    return [f"  {source} -->|{label}| {node}" if label else f"  {source} --> {node}" for source, label in loose]


def _title(step: object, translate: Translate) -> str:
    for name in ("label", "text"):
        if isinstance(text := getattr(step, name, None), Text) and text.plain:
            return _say(text, translate, None)
    return _sentence(_what(step)).rstrip(".")


def _plain(text: str) -> str:
    """Short enough for a box, and without what Mermaid would read as its own."""
    text = " ".join(text.replace('"', "'").replace("{", "<").replace("}", ">").split())
    text = text.replace("<", "&lt;").replace(">", "&gt;")
    return text if len(text) <= 80 else text[:79].rsplit(" ", 1)[0] + " …"
