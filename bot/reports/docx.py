"""A report as a Word document to be edited: real headings, contents, tables with heading rows, native charts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from bot.reports import chart as charts
from bot.reports.chart import clean
from bot.reports.html import link
from casework.report_document import Chart, Document, Table, Topic, Words

INK, BLUE, SOFT = RGBColor(0x1B, 0x1B, 0x1F), RGBColor(0x17, 0x4A, 0x86), RGBColor(0x4D, 0x4F, 0x5C)
#: Columns from which on a table is set smaller, and smaller still.
MANY, VERY_MANY = 7, 9
#: Lines of a table that is not torn apart by the end of a page.
KEPT = 20
_TEXT = nsdecls("w")


def written(document: Document, base: str = "") -> bytes:
    """The document. ``base``: address of the console, to whose lists the figures lead; "" for a copy without links."""
    return _Writer(document, base).bytes()


class _Writer:
    def __init__(self, document: Document, base: str) -> None:
        self.d, self.base = document, base
        self.file: Any = docx.Document()
        self.body = self.file.element.body
        self.charts = self.marks = 0
        _styles(self.file, document.language)

    def bytes(self) -> bytes:
        d, file = self.d, self.file
        self._page()
        file.core_properties.title, file.core_properties.author = d.title, d.organisation
        file.core_properties.language, file.core_properties.comments = d.language, ""
        self._put(_paragraph(d.organisation, "Subtitle"))
        self._put(_paragraph(d.title, "Title"))
        for name, value in d.about:
            self._put(_paragraph(f"{name}: {value}", "About"))
        if d.keys:
            self._put(_keys(d))
        self._contents()
        for section in d.sections:
            self._heading(f"{section.number}. {section.heading}", 1, section.code)
            for block in section.blocks:
                if isinstance(block, Topic):
                    self._topic(block, section.heading)
                else:
                    self._words(block, section.heading)
            if section.silent:
                self._put(_paragraph(section.silent, "Note"))
        out = io.BytesIO()
        file.save(out)
        return out.getvalue()

    def _put(self, xml: str) -> None:
        self.body.insert(len(self.body) - 1, parse_xml(xml))  # before the properties of the last section

    def _page(self) -> None:
        section = self.file.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin, section.bottom_margin = Cm(2), Cm(1.8)
        footer = section.footer.paragraphs[0]
        footer.text = f"{self.d.organisation} · {self.d.title} · {self.d.words['page']} "
        footer.style = self.file.styles["Note"]
        footer._p.append(parse_xml(f'<w:fldSimple {_TEXT} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'))

    def _heading(self, text: str, level: int, code: str) -> None:
        self.marks += 1
        start = f'<w:bookmarkStart w:id="{self.marks}" w:name={quoteattr(f"_{code}"[:40])}/>'
        end = f'<w:bookmarkEnd w:id="{self.marks}"/>'
        self._put(_paragraph(text, f"Heading {level}", start, end))

    def _contents(self) -> None:
        """A field that Word can renew, with its lines already in it."""
        self._put(_paragraph(self.d.words["contents"], "Contents"))
        lines = [(f"{one.number}. {one.heading}", one.code) for one in self.d.sections]
        begin = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        )
        for number, (text, code) in enumerate(lines):
            run = f"<w:hyperlink w:anchor={quoteattr(f'_{code}'[:40])}>{_run(text)}</w:hyperlink>"
            self._put(f"<w:p {_TEXT}>{_style('TOC 1')}{'' if number else begin}{run}</w:p>")
        self._put(f'<w:p {_TEXT}><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>')

    def _words(self, block: Words, above: str) -> None:
        if block.heading != above:
            self._put(_paragraph(block.heading, "Heading 2"))
        for text in block.paragraphs:
            self._put(_paragraph(text, "Quote" if block.quotes else "Normal"))

    def _topic(self, topic: Topic, above: str) -> None:
        if topic.table.title != above:
            self._heading(topic.table.title, 2, topic.table.code)
        if topic.chart:
            self._put(_paragraph(topic.chart.told, "Told"))
            self._chart(topic.chart)
        self._put("".join(_table(topic.table, self.base)))
        for note in topic.table.notes:
            self._put(_paragraph(note, "Note"))

    def _chart(self, chart: Chart) -> None:
        self.charts += 1
        part = self.file.part
        rel = part.relate_to(charts.part(chart, self.charts, part.package), charts.CHART)
        wide, tall = (int(Cm(one)) for one in charts.size(chart))
        self._put(
            f"<w:p {nsdecls('w', 'wp', 'a', 'r')}>{_style('Chart')}<w:r><w:drawing>"
            '<wp:inline distT="0" distB="0" distL="0" distR="0">'
            f'<wp:extent cx="{wide}" cy="{tall}"/><wp:docPr id="{self.charts}" name="Chart {self.charts}" '
            f"title={quoteattr(clean(chart.title))} descr={quoteattr(clean(chart.told))}/><wp:cNvGraphicFramePr/>"
            '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
            '<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
            f'r:id="{rel}"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
        )


# Pieces -----------------------------------------------------------------------------------------------


def _run(text: str, bold: bool = False) -> str:
    kind = "<w:rPr><w:b/></w:rPr>" if bold else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in clean(text).split("\n"))
    return f"<w:r>{kind}{lines}</w:r>"


def _style(name: str) -> str:
    return f'<w:pPr><w:pStyle w:val="{name.replace(" ", "")}"/></w:pPr>'


def _paragraph(text: str, style: str, before: str = "", after: str = "") -> str:
    return f"<w:p {_TEXT}>{_style(style)}{before}{_run(text)}{after}</w:p>"


def _keys(document: Document) -> str:
    """The key figures, three in a row."""
    cells = []
    for key in document.keys:
        small, large, before = (f"{_style('KeyLabel')}{_run(key.label)}", f"{_style('KeyFigure')}{_run(key.figure)}",
                                f"{_style('KeyLabel')}{_run(key.before)}")  # fmt: skip
        shade = '<w:tcPr><w:tcW w:w="1666" w:type="pct"/><w:shd w:val="clear" w:color="auto" w:fill="EEF2F8"/></w:tcPr>'
        cells.append(f"<w:tc>{shade}<w:p>{small}</w:p><w:p>{large}</w:p><w:p>{before}</w:p></w:tc>")
    cells += ["<w:tc><w:p/></w:tc>"] * (-len(cells) % 3)
    rows = "".join(f"<w:tr>{''.join(cells[at : at + 3])}</w:tr>" for at in range(0, len(cells), 3))
    line = '<w:{side} w:val="single" w:sz="24" w:color="FFFFFF"/>'
    borders = "".join(line.format(side=side) for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    said = quoteattr(clean(document.words["keys"]))
    return (
        f'<w:tbl {_TEXT}><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{borders}</w:tblBorders>'
        '<w:tblCellMar><w:left w:w="140" w:type="dxa"/><w:right w:w="140" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:firstRow="0"/><w:tblCaption w:val={said}/></w:tblPr>{rows}</w:tbl>'
    )


def _table(table: Table, base: str) -> Iterator[str]:
    """A table with a heading row that is repeated on every page. Made as text: cell by cell python-docx is slow."""
    style = "TableText" if len(table.heads) < MANY else "TableSmall" if len(table.heads) < VERY_MANY else "TableTiny"
    said = quoteattr(clean(table.title))
    widths = _widths(table)
    yield f'<w:tbl {_TEXT}><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>'
    yield '<w:top w:val="single" w:sz="8" w:color="1B1B1F"/><w:bottom w:val="single" w:sz="8" w:color="1B1B1F"/>'
    yield '<w:insideH w:val="single" w:sz="4" w:color="C9CCD6"/></w:tblBorders><w:tblLayout w:type="fixed"/>'
    gap = 60 if len(table.heads) < VERY_MANY else 40
    yield f'<w:tblCellMar><w:left w:w="{gap}" w:type="dxa"/><w:right w:w="{gap}" w:type="dxa"/></w:tblCellMar>'
    yield f'<w:tblLook w:firstRow="1" w:firstColumn="1" w:noVBand="1"/><w:tblCaption w:val={said}/></w:tblPr>'
    yield "<w:tblGrid>"
    yield "".join(f'<w:gridCol w:w="{96 * width}"/>' for width in widths)
    yield "</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>"
    yield _cell(_run(table.stub, bold=True), style, widths[0], keep=True)
    for head, figure, width in zip(table.heads, table.numbers, widths[1:], strict=True):
        yield _cell(_run(head, bold=True), style, width, figure, keep=True)
    yield "</w:tr>"
    whole = len(table.lines) <= KEPT
    for number, line in enumerate(table.lines, 1):
        keep = number < (len(table.lines) if whole else 3)
        yield "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
        yield _cell(_run(line.label, line.total), style, widths[0], keep=keep)
        for shown, figure, width in zip(line.cells, table.numbers, widths[1:], strict=True):
            run, address = _run(shown.text, line.total), link(shown, base)
            if address:
                code = quoteattr(f' HYPERLINK "{address}" ')
                run = f"<w:fldSimple w:instr={code}>{run}</w:fldSimple>"
            yield _cell(run, style, width, figure, keep)
        yield "</w:tr>"
    yield "</w:tbl>"


def _widths(table: Table) -> list[int]:
    """Of each column in percent, by its longest word, so that no word is broken."""
    labels = (table.stub, *(line.label for line in table.lines))
    most = 34.0 if len(table.heads) < MANY else 22.0 if len(table.heads) < VERY_MANY else 16.0
    stub = min(most, max(len(label) for label in labels) * 1.05)
    longest = max((len(word) for label in labels for word in label.split()), default=0)
    wanted = [max(12.0, stub, 1.15 * longest + 2.5)]
    for number, head in enumerate(table.heads):
        texts = (head, *(line.cells[number].text.replace(" %", "_%") for line in table.lines))
        words = [word for text in texts for word in text.split()]
        wanted.append(1.15 * max(len(word) for word in words) + 2.5 if words else 4.0)
    return [max(1, int(100 * one / sum(wanted))) for one in wanted]


def _cell(run: str, style: str, width: int, figure: bool = False, keep: bool = False) -> str:
    """``keep``: on one page with the line below."""
    right = '<w:jc w:val="right"/>' if figure else ""
    together = "<w:keepNext/>" if keep else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{50 * width}" w:type="pct"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{together}{right}</w:pPr>{run}</w:p></w:tc>'
    )


def _styles(file: Any, language: str) -> None:
    styles = file.styles
    tag = {"en": "en-GB", "cy": "cy-GB"}.get(language, language)
    defaults = styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(parse_xml(f'<w:lang {_TEXT} w:val="{tag}"/>'))
    looks: tuple[tuple[str, float, RGBColor, bool, float, float], ...] = (
        ("Normal", 11, INK, False, 0, 6),
        ("Title", 30, BLUE, True, 0, 10),
        ("Subtitle", 14, SOFT, False, 40, 0),
        ("Heading 1", 20, BLUE, True, 22, 8),
        ("Heading 2", 14, INK, True, 16, 4),
        ("Told", 11, INK, False, 0, 4),
        ("Quote", 11, INK, False, 4, 8),
        ("About", 11, SOFT, False, 0, 2),
        ("Contents", 16, BLUE, True, 20, 6),
        ("TOC 1", 11, INK, False, 0, 3),
        ("Note", 9, SOFT, False, 3, 3),
        ("Chart", 9, SOFT, False, 0, 4),
        ("Table Text", 9.5, INK, False, 2, 2),
        ("Table Small", 8, INK, False, 1, 1),
        ("Table Tiny", 7, INK, False, 1, 1),
        ("Key Label", 9, SOFT, False, 2, 2),
        ("Key Figure", 22, BLUE, True, 0, 0),
    )
    for name, size, colour, bold, before, after in looks:
        if name not in [one.name for one in styles]:
            made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            made.base_style = styles["Normal"]
            made.element.set(qn("w:styleId"), name.replace(" ", ""))
        style = styles[name]
        style.font.name, style.font.size, style.font.color.rgb, style.font.bold = "Calibri", Pt(size), colour, bold
        style.font.italic = False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        space = style.paragraph_format
        space.space_before, space.space_after, space.line_spacing = Pt(before), Pt(after), 1.08
    for name in ("Heading 1", "Heading 2", "Told"):
        styles[name].paragraph_format.keep_with_next = True
    for border in styles["Title"].element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
    styles["Quote"].paragraph_format.left_indent = Cm(0.8)
