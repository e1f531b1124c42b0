"""The catalogue's pipeline: extract the texts from the code, update each language, check all of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from locales import LANGUAGES, Language
from locales.catalogue import FAMILIAR, HERE, MESSAGES, SOURCE, entries, key, places, po_path, read, template

ROOT = HERE.parent


@dataclass(frozen=True, slots=True)
class Domain:
    """Texts that are translated together.

    folders    the packages they are in
    languages  those that must be complete; None for every language that is offered
    sms        they may be sent as text messages
    marks      what marks them: ``say`` besides, in code and templates, where every text is one of the catalogue
    staff      packages that say things to staff too, by ``casework.words``
    """

    folders: tuple[str, ...]
    languages: tuple[str, ...] | None = None
    sms: bool = True
    marks: Mapping[str, tuple[int | tuple[int, str], ...] | None] = field(default_factory=lambda: KEYWORDS)
    staff: tuple[str, ...] = ()


KEYWORDS: Mapping[str, tuple[int | tuple[int, str], ...] | None] = {"N_": None, "C_": ((1, "c"), 2)}
#: What marks a text for staff in a package that speaks to the public too (``casework.words``).
STAFF: Mapping[str, tuple[int | tuple[int, str], ...] | None] = {"S_": None, "say": (1,)}
#: What the public reads, and what staff read.
DOMAINS = {
    MESSAGES: Domain(("flows", "bot", "casework")),
    "console": Domain(("console",), ("cy",), sms=False, marks={**KEYWORDS, "say": None}, staff=("casework", "storage")),
}
#: A fixed date in the header, so that nothing changes when no text did.
_STAMP = datetime(2026, 1, 1, tzinfo=UTC)
#: Words that stay as they are in every language: names, and what is typed.
KEEP = frozenset(
    "hearback shout childline samaritans nhs bsl telegram sms whatsapp email pdf makaton widgit ok "
    "help stop start unstop back skip language easy symbols again later delete person call urgent danger more".split()
)
_WORD = re.compile(r"[^\W\d_]+")


def extract(domain: str = MESSAGES) -> Catalog:
    """Every text the code marks (``N_``, ``C_``, ``say``), sorted, with the file (no line: lines move) and comments."""
    catalogue = Catalog(
        project="Hearback", version="1", copyright_holder="the Hearback authors", creation_date=_STAMP, charset="utf-8",
        header_comment="# Texts of Hearback. Made by `python -m locales extract`; do not edit.",
        msgid_bugs_address="docs/languages.md", language_team="Hearback", last_translator="Hearback",
        revision_date=_STAMP, fuzzy=False,
    )  # fmt: skip
    kind = DOMAINS[domain]
    marked = [(folder, kind.marks) for folder in kind.folders] + [(folder, STAFF) for folder in kind.staff]
    for folder, marks in marked:
        if not (ROOT / folder).is_dir():
            continue
        found = extract_from_dir(
            ROOT / folder, method_map=[("**.py", "python"), ("**/templates/**.html", "jinja2")], keywords=marks,
            comment_tags=("Translators:",), strip_comment_tags=True,
            options_map={"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false",
                                     "extensions": "jinja2.ext.do"}},
        )  # fmt: skip
        for filename, _, message, comments, context in found:
            where = [(f"{folder}/{Path(filename).as_posix()}", None)]
            catalogue.add(message, None, where, auto_comments=comments, context=context)  # type: ignore[arg-type]  # a file without a line
    return catalogue


def save(catalogue: Catalog, path: Path) -> None:
    """Writes a PO or POT file, in an order that does not change with the code's."""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, ignore_obsolete=True)


def write_template(domain: str = MESSAGES) -> Catalog:
    """Extracts and writes the template of a domain."""
    catalogue = extract(domain)
    save(catalogue, template(domain))
    return catalogue


def update() -> None:
    """Brings every language's catalogues up to the templates: new texts empty, changed ones fuzzy, gone ones out."""
    for domain, kind in DOMAINS.items():
        made = write_template(domain)
        for code in LANGUAGES if kind.languages is None else kind.languages:
            if code != SOURCE:
                _update(domain, code, made)


def _update(domain: str, code: str, made: Catalog) -> None:
    path = po_path(code, domain)
    catalogue = read(path, code) if path.exists() else _new(code)
    catalogue.project, catalogue.version = "Hearback", "1"
    catalogue.creation_date = catalogue.revision_date = _STAMP
    catalogue.last_translator = catalogue.language_team = "Hearback"
    catalogue.fuzzy = False
    familiar = [message for message in entries(catalogue) if message.context == FAMILIAR]
    catalogue.update(made, no_fuzzy_matching=False, update_creation_date=False)
    for message in familiar:
        if catalogue.get(message.id):
            catalogue.add(message.id, message.string, context=FAMILIAR)
    save(catalogue, path)


def _new(code: str) -> Catalog:
    return Catalog(locale=code, charset="utf-8", header_comment=f"# {LANGUAGES[code].english} texts of Hearback.")


def problems() -> Iterator[str]:
    """What keeps a language from being offered, or a catalogue from being fresh; one sentence each."""
    for domain, kind in DOMAINS.items():
        now = {key(message): message for message in entries(extract(domain))}
        path = template(domain)
        written = {key(message) for message in entries(read(path))} if path.exists() else set()
        if now.keys() != written:
            changed = len(now.keys() ^ written)
            yield f"locales/{path.name}: {changed} texts differ from the code; run `python -m locales update`"
        for code, entry in LANGUAGES.items():
            if code != SOURCE and (entry.offered if kind.languages is None else code in kind.languages):
                yield from _language_problems(entry, now.values(), domain)


def _language_problems(entry: Language, wanted: Iterable[Message], domain: str) -> Iterator[str]:
    path = po_path(entry.code, domain)
    if not path.exists():
        yield f"{entry.code}: there is no {path.relative_to(ROOT)}; run `python -m locales update` and translate it"
        return
    have = {key(message): message for message in entries(read(path, entry.code))}
    for message in wanted:
        context, msgid = key(message)
        name = f"{entry.code} {context or ('plain' if domain == MESSAGES else domain)} “{msgid}”"
        found = have.get((context, msgid))
        if found is None or not found.string:
            yield f"{name}: not translated"
            continue
        if found.fuzzy:
            yield f"{name}: fuzzy; read it again and take the mark away"
        strings = (found.string,) if isinstance(found.string, str) else tuple(found.string)
        for string in strings:
            said = text_problems(msgid, string, entry, sms=DOMAINS[domain].sms)
            yield from (f"{name}: {problem}" for problem in said)
    known = {key(message) for message in wanted}
    for (context, msgid), found in have.items():
        if (context, msgid) in known:
            continue
        if context == FAMILIAR and ("", msgid) in known:
            said = text_problems(msgid, str(found.string), entry, sms=DOMAINS[domain].sms)
            yield from (f"{entry.code} {context} “{msgid}”: {problem}" for problem in said)
            continue
        yield f"{entry.code} {context or 'plain'} “{msgid}”: not in the code any more; run `python -m locales update`"


def text_problems(msgid: str, string: str, entry: Language, *, sms: bool = True) -> Iterator[str]:
    """What is wrong with one translation, in words."""
    if places(msgid) != places(string) or string.count("{") != len(re.findall(r"\{[a-z_]+\}", string)):
        wanted, got = sorted(places(msgid)), sorted(places(string))
        yield f"places differ: English has {wanted or 'none'}, the translation {got or 'none'}"
    if msgid[:1].isspace() != string[:1].isspace() or msgid[-1:].isspace() != string[-1:].isspace():
        yield "space at the beginning or end differs from English"
    if string != unicodedata.normalize("NFC", string):
        yield "is not in Unicode NFC; letters and marks should be joined"
    english, own = _words(msgid), _words(string)
    if len(english) > 2 and msgid == string:
        yield "is still English"
    if entry.script != "Latn":
        if left := sorted(own_latin(string)):
            yield f"Latin letters are left over: {', '.join(left)}"
    elif len(english) >= 5 and len(set(own) & set(english)) > 0.6 * len(set(own)):
        yield "is mostly English"
    if sms and entry.sms == "gsm7":
        from locales.sms import outside, plain

        if strange := outside(plain(string)):
            yield f"cannot be sent in the GSM alphabet: {' '.join(strange)}"


def own_latin(string: str) -> set[str]:
    """The Latin words of a text that are neither a place, a name nor a word to be typed."""
    bare = re.sub(r"\{[a-z_]+\}", " ", string)
    return {word for word in _WORD.findall(bare) if word.isascii() and word.casefold() not in KEEP}


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(re.sub(r"\{[a-z_]+\}", " ", text)) if word.casefold() not in KEEP]


def source_problems() -> Iterator[str]:
    """What is wrong with the English texts themselves."""
    from locales.sms import outside, plain

    for domain, kind in DOMAINS.items():
        for message in entries(extract(domain)):
            context, msgid = key(message)
            if kind.sms and (strange := outside(plain(msgid))):
                yield f"en {context or 'plain'} “{msgid}”: cannot be sent in the GSM alphabet: {' '.join(strange)}"
            if msgid != msgid.strip():
                yield f"en {context or 'plain'} “{msgid}”: begins or ends with a space"
