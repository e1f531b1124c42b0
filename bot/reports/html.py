"""A report as one page: no script, nothing from elsewhere; charts with their tables; prints well, dark where wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import quote, urlencode

from bot.reports.svg import drawn
from casework.report_document import Document, Section, Shown, Table, Topic

#: Columns from which on a table is set smaller.
MANY = 7


@cache
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text("utf-8")


def page(document: Document, base: str = "") -> bytes:
    """The page. ``base``: address of the console, to whose lists the figures lead; "" for a copy without links."""
    return "".join(_page(document, base)).encode()


def _page(d: Document, base: str) -> Iterator[str]:
    yield f'<!doctype html><html lang="{escape(d.language)}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{escape(d.title)} – {escape(d.organisation)}</title><style>{_style()}</style></head><body>"
    yield f'<header><p class="organisation">{escape(d.organisation)}</p><h1>{escape(d.title)}</h1><dl class="about">'
    for name, value in d.about:
        yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
    yield f'</dl></header><nav id="contents" aria-label="{escape(d.words["contents"])}">'
    yield f"<p><strong>{escape(d.words['contents'])}</strong></p><ol>"
    for section in d.sections:
        yield f'<li><a href="#{section.code}">{escape(section.heading)}</a></li>'
    yield "</ol></nav><main>"
    if d.keys:
        yield f'<ul class="keys" aria-label="{escape(d.words["keys"])}">'
        for key in d.keys:
            before = f"<span>{escape(key.before)}</span>" if key.before else ""
            yield f"<li><span>{escape(key.label)}</span><strong>{escape(key.figure)}</strong>{before}</li>"
        yield "</ul>"
    for section in d.sections:
        yield from _section(section, d.words, base)
    yield "</main></body></html>"


def _section(section: Section, words: Mapping[str, str], base: str) -> Iterator[str]:
    heading = f"{section.number}. {escape(section.heading)}"
    yield f'<section aria-labelledby="{section.code}"><h2 id="{section.code}">{heading}</h2>'
    for block in section.blocks:
        if isinstance(block, Topic):
            yield from _topic(block, section.heading, base)
            continue
        yield f"<h3>{escape(block.heading)}</h3>" if block.heading != section.heading else ""
        around = "blockquote" if block.quotes else "p"
        for text in block.paragraphs:
            yield f"<{around}>{escape(text).replace(chr(10), '<br>')}</{around}>"
    if section.silent:
        yield f'<p class="silent">{escape(section.silent)}</p>'
    yield f'<p class="up"><a href="#contents">{escape(words["back"])}</a></p></section>'


def _topic(topic: Topic, above: str, base: str) -> Iterator[str]:
    hush = ' class="hush"' if topic.table.title == above else ""
    yield f'<h3{hush} id="table-{topic.table.code}">{escape(topic.table.title)}</h3>'
    if topic.chart:
        yield f'<p class="told">{escape(topic.chart.told)}</p><figure>{drawn(topic.chart)}</figure>'
    yield from _table(topic.table, base)


def _table(table: Table, base: str) -> Iterator[str]:
    yield f'<div class="wide" tabindex="0" role="region" aria-labelledby="table-{table.code}">'
    yield f"<table{' class=many' if len(table.heads) >= MANY else ''}>"
    yield f'<caption class="hush">{escape(table.title)}</caption><thead><tr><th scope="col">{escape(table.stub)}</th>'
    for head, figure in zip(table.heads, table.numbers, strict=True):
        yield f'<th scope="col"{_kind(figure)}>{escape(head)}</th>'
    yield "</tr></thead><tbody>"
    for line in table.lines:
        total = ' class="total"' if line.total else ""
        yield f'<tr{total}><th scope="row">{escape(line.label)}</th>'
        for shown, figure in zip(line.cells, table.numbers, strict=True):
            yield f"<td{_kind(figure)}>{_figure(shown, base)}</td>"
        yield "</tr>"
    yield "</tbody></table></div>"
    for note in table.notes:
        yield f'<p class="note">{escape(note)}</p>'


def _kind(figure: bool) -> str:
    return ' class="n"' if figure else ""


def _figure(shown: Shown, base: str) -> str:
    address = link(shown, base)
    return f'<a href="{escape(address)}">{escape(shown.text)}</a>' if address else escape(shown.text)


def link(shown: Shown, base: str) -> str:
    """Where the records behind a figure are listed, "" for none."""
    if not base or not shown.where or not shown.value:
        return ""
    if "record" in shown.where:
        return f"{base}/record/{quote(shown.where['record'])}"
    return f"{base}/records?{urlencode(shown.where)}"
