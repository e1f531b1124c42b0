"""Charts as SVG inside a page: no script, the colours of its style sheet, figures written beside their marks."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from casework.report_document import Chart, number, short

#: Width of a chart, of its labels, and of the room for a figure at the end of a bar.
WIDTH, LABELS, END = 740, 275, 60
BAR, GAP = 14, 10
#: Signs of a label before it is cut; the table below has all of it.
MOST_LABEL = 40
#: A letter is so wide, about.
LETTER = 6.6


def drawn(chart: Chart) -> str:
    """The chart as an element of a page."""
    height, marks = {"bars": _bars, "stacked": _stacked, "line": _line}[chart.kind](chart)
    legend = "".join(_legend(chart, height)) if len(chart.series) > 1 else ""
    height += 26 * bool(legend)
    name, told = f"chart-{chart.code}", f"told-{chart.code}"
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name} {told}">'
        f'<title id="{name}">{escape(chart.title)}</title><desc id="{told}">{escape(chart.told)}</desc>'
        f"{marks}{legend}</svg>"
    )


def _bars(chart: Chart) -> tuple[int, str]:
    """Groups of bars, one group a label; the last series is the one the table is of."""
    most = max((value or 0 for _, values in chart.series for value in values), default=0) or 1
    room, y, out = WIDTH - LABELS - END, 4, list[str]()
    for at, label in enumerate(chart.labels):
        height = BAR * len(chart.series)
        out.append(_text(LABELS - 8, y + height / 2 + 4, _cut(label), "end"))
        for series in reversed(range(len(chart.series))):
            value = chart.series[series][1][at]
            style = _style(series, len(chart.series))
            width = round(room * (value or 0) / most, 1)
            out.append(f'<rect class="{style}" x="{LABELS}" y="{y + 1}" width="{width}" height="{BAR - 2}"/>')
            said = "" if value is None else number(value)
            out.append(_text(LABELS + width + 5, y + BAR - 3, said, "start", "small"))
            y += BAR
        y += GAP
    return y, "".join(out)


def _stacked(chart: Chart) -> tuple[int, str]:
    most = max(sum(values[at] or 0 for _, values in chart.series) for at in range(len(chart.labels))) or 1
    room, y, out = WIDTH - LABELS - END, 4, list[str]()
    for at, label in enumerate(chart.labels):
        out.append(_text(LABELS - 8, y + 15, _cut(label), "end"))
        x = float(LABELS)
        for series, (_, values) in enumerate(chart.series):
            if not (value := values[at]):
                continue
            width = round(room * value / most, 1)
            style = _style(series, len(chart.series))
            out.append(f'<rect class="{style}" x="{x}" y="{y}" width="{width}" height="20"/>')
            if width > LETTER * len(number(value)) + 6:
                out.append(_text(x + width / 2, y + 14, number(value), "middle", f"in {style}-in"))
            x = round(x + width, 1)
        y += 20 + GAP
    return y, "".join(out)


def _line(chart: Chart) -> tuple[int, str]:
    left, right, top, bottom = 44, WIDTH - 20, 14, 230
    most = max((value or 0 for _, values in chart.series for value in values), default=0)
    step = _step(most)
    ceiling = max(step, -(-most // step) * step)
    out = []
    for value in range(0, ceiling + 1, step):
        y = round(bottom - (bottom - top) * value / ceiling, 1)
        out.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>')
        out.append(_text(left - 6, y + 4, number(value), "end", "small"))
    places = [round(left + (right - left) * (at + 0.5) / len(chart.labels), 1) for at in range(len(chart.labels))]
    every = max(1, -(-len(chart.labels) // 12))
    for at, label in enumerate(chart.labels):
        if at % every == 0:
            out.append(_text(places[at], bottom + 18, short(label), "middle", "small"))
    for series, (_, values) in enumerate(chart.series):
        style = _style(series, len(chart.series))
        spots = [
            None if value is None else (x, round(bottom - (bottom - top) * value / ceiling, 1))
            for x, value in zip(places, values, strict=True)
        ]
        for one, other in pairwise(spots):
            if one and other:
                out.append(
                    f'<line class="{style} stroke" x1="{one[0]}" y1="{one[1]}" x2="{other[0]}" y2="{other[1]}"/>'
                )
        out += [f'<circle class="{style}" cx="{spot[0]}" cy="{spot[1]}" r="3.5"/>' for spot in spots if spot]
    return bottom + 30, "".join(out)


def _step(most: int) -> int:
    """A round distance between lines of the grid, of which there are at most five."""
    size = 1
    while most > 50 * size:
        size *= 10
    return next(step for step in (size, 2 * size, 5 * size, 10 * size) if most <= 5 * step)


def _legend(chart: Chart, y: int) -> Iterator[str]:
    x = LABELS if chart.kind != "line" else 44
    for series, (name, _) in enumerate(chart.series):
        style = _style(series, len(chart.series))
        yield f'<rect class="{style}" x="{x}" y="{y + 8}" width="12" height="12"/>'
        yield _text(x + 17, y + 19, _cut(name), "start", "small")
        x += 40 + int(LETTER * len(_cut(name)))


def _style(series: int, count: int) -> str:
    """The last series is the strongest; those of before are lighter."""
    return f"s{count - 1 - series}"


def _cut(label: str) -> str:
    return label if len(label) <= MOST_LABEL else label[: MOST_LABEL - 1].rstrip() + "…"


def _text(x: float, y: float, said: str, anchor: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}"{kind}>{escape(said)}</text>'
