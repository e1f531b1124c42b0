"""Charts that Word and LibreOffice draw themselves, with the figures inside, so that whoever edits can change them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.sax.saxutils import escape

import xlsxwriter
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.package import Package

from casework.report_document import Chart, short

_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#: The kind of relation from a document to a chart.
CHART = f"{_OFFICE}/chart"
_OPEN = (
    '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{_OFFICE}"><c:roundedCorners val="0"/>'
)
#: Room on the page, in centimetres.
WIDEST = 16.8
#: Signs that XML cannot hold.
_NEVER = {code: None for code in range(32) if code not in (9, 10, 13)} | dict.fromkeys((0xFFFE, 0xFFFF))
#: The last series is the strongest; those of before are lighter.
COLOURS = ("1D5FA8", "8BB8E8", "D98C2B", "5B6B2E", "8E4B8E", "7A7F8C")
_LETTERS = (
    '<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900"><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    '<a:latin typeface="Calibri"/></a:defRPr></a:pPr><a:endParaRPr lang="en-GB"/></a:p></c:txPr>'
)
_SMALL = _LETTERS.format(colour="1B1B1F")
#: Colours on which dark letters are hard to read.
_DARK = ("1D5FA8", "5B6B2E", "8E4B8E", "7A7F8C")
_BARE = "<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
_GRID = (
    '<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D9DBE3"/></a:solidFill></a:ln></c:spPr>'
    "</c:majorGridlines>"
)


def clean(text: str) -> str:
    """A text without the signs that XML cannot hold."""
    return text.translate(_NEVER)


def part(chart: Chart, number: int, package: Package) -> Part:
    """The chart as a part of a Word document, with the workbook that its figures are edited in."""
    found = Part(PackURI(f"/word/charts/chart{number}.xml"), _TYPE, "".join(_xml(chart)).encode(), package)
    name = PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx")
    assert found.relate_to(Part(name, _SHEET, _data(chart), package), f"{_OFFICE}/package") == "rId1", "the first one"
    return found


def size(chart: Chart) -> tuple[float, float]:
    """How wide and how tall it is drawn, in centimetres.

    Sixteen by nine where its lines find room in that: LibreOffice draws every chart so and stretches it afterwards.
    """
    lines = len(chart.labels) * (len(chart.series) if chart.kind == "bars" else 1.4)
    tall = 7.5 if chart.kind == "line" else 2.2 + 0.45 * lines + 0.18 * len(chart.labels)
    if tall > WIDEST * 9 / 16:
        return WIDEST, min(18.0, tall)
    wide = max(12.4, tall * 16 / 9)
    return wide, wide * 9 / 16


def _data(chart: Chart) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Sheet1")
    for row, label in enumerate(chart.labels, 1):
        sheet.write_string(row, 0, label)
    for column, (name, values) in enumerate(chart.series, 1):
        sheet.write_string(0, column, name)
        for row, value in enumerate(values, 1):
            if value is not None:
                sheet.write_number(row, column, value)
    book.close()
    return out.getvalue()


def _xml(chart: Chart) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    yield f'{_OPEN}<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
    if chart.kind == "line":
        yield '<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>'
    else:
        grouping = "stacked" if chart.kind == "stacked" else "clustered"
        yield f'<c:barChart><c:barDir val="bar"/><c:grouping val="{grouping}"/><c:varyColors val="0"/>'
    numbers = range(len(chart.series))
    for place, number in enumerate(reversed(numbers) if chart.kind == "bars" else numbers):
        yield from _series(chart, number, place)  # of bars the period itself stands on top
    if chart.kind == "line":
        yield '<c:marker val="1"/><c:axId val="1"/><c:axId val="2"/></c:lineChart>'
    else:
        overlap = '<c:overlap val="100"/>' if chart.kind == "stacked" else ""
        yield f'<c:gapWidth val="45"/>{overlap}<c:axId val="1"/><c:axId val="2"/></c:barChart>'
    upside = "minMax" if chart.kind == "line" else "maxMin"  # the first line of the table on top
    below, left = ("b", "l") if chart.kind == "line" else ("l", "b")
    yield (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{upside}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{below}"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="low"/>{_SMALL}<c:crossAx val="2"/><c:crosses val="autoZero"/></c:catAx>'
    )
    hidden = "0" if chart.kind == "line" else "1"  # bars have their figures beside them
    yield (
        f'<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling>'
        f'<c:delete val="{hidden}"/><c:axPos val="{left}"/>'
        f'{_GRID if chart.kind == "line" else ""}<c:numFmt formatCode="#,##0" sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        f'{_SMALL}<c:crossAx val="1"/>'
        '<c:crosses val="autoZero"/></c:valAx></c:plotArea>'
    )
    if len(chart.series) > 1:
        yield f'<c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_SMALL}</c:legend>'
    yield '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
    yield f'{_BARE}{_SMALL}<c:externalData r:id="rId1">'
    yield '<c:autoUpdate val="0"/></c:externalData></c:chartSpace>'


def _series(chart: Chart, number: int, place: int) -> Iterator[str]:
    name, values = chart.series[number]
    colour, letter, last = COLOURS[(len(chart.series) - 1 - number) % len(COLOURS)], chr(66 + number), len(values) + 1
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    yield f'<c:ser><c:idx val="{place}"/><c:order val="{place}"/><c:tx><c:strRef><c:f>Sheet1!${letter}$1</c:f>'
    yield f'<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{escape(clean(name))}</c:v></c:pt></c:strCache>'
    yield "</c:strRef></c:tx>"
    if chart.kind == "line":
        mark = _MARKS[number % len(_MARKS)]
        yield f'<c:spPr><a:ln w="28575">{fill}</a:ln></c:spPr><c:marker><c:symbol val="{mark}"/>'
        yield f'<c:size val="6"/><c:spPr>{fill}</c:spPr></c:marker>'
    else:
        inside = _LETTERS.format(colour="FFFFFF") if chart.kind == "stacked" and colour in _DARK else _SMALL
        yield f'<c:spPr>{fill}</c:spPr><c:invertIfNegative val="0"/><c:dLbls>{inside}<c:showLegendKey val="0"/>'
        yield '<c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/>'
        yield '<c:showBubbleSize val="0"/></c:dLbls>'
    yield f'<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${last}</c:f><c:strCache><c:ptCount val="{len(values)}"/>'
    for at, label in enumerate(map(short, chart.labels) if chart.kind == "line" else chart.labels):
        yield f'<c:pt idx="{at}"><c:v>{escape(clean(label))}</c:v></c:pt>'
    yield f"</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>Sheet1!${letter}$2:${letter}${last}</c:f><c:numCache>"
    yield f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>'
    for at, value in enumerate(values):
        if value or (value == 0 and chart.kind != "stacked"):  # a nought inside a bar is only clutter
            yield f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>'
    yield "</c:numCache></c:numRef></c:val>"
    if chart.kind == "line":
        yield '<c:smooth val="0"/>'
    yield "</c:ser>"


#: So that lines are told apart without colour.
_MARKS = ("circle", "square", "triangle", "diamond", "x", "star")
