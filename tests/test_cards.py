"""Cards of pictures: what stands where on them."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops

import locales
from bot.cards import EDGE, HIGH, MOST, WIDE, card
from bot.symbols import Pack, Symbols, picture

PLAIN = Symbols()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def drawn(*cells: tuple[str, ...], symbols: Symbols = PLAIN) -> Image.Image:
    return Image.open(io.BytesIO(card(cells, symbols, "dudley"))).convert("RGB")


def cell(image: Image.Image, number: int, columns: int) -> Image.Image:
    """The inside of a cell, below its number."""
    row, column = divmod(number, columns)
    left, top = EDGE + column * WIDE, EDGE + row * HIGH
    return image.crop((left + 70, top + 15, left + WIDE - 12, top + HIGH - 12))


def filled(image: Image.Image) -> float:
    """The share that is not white."""
    grey = ImageChops.invert(image.convert("L")).point(lambda value: 255 if value > 8 else 0)
    return grey.histogram()[255] / (image.width * image.height)


def differs(one: Image.Image, other: Image.Image) -> bool:
    """Whether more than the choice of colours is different."""
    return ImageChops.difference(one, other).convert("L").getextrema()[1] > 64


@pytest.mark.parametrize(("many", "columns"), [(2, 2), (3, 3), (4, 2), (7, 3), (MOST, 4)])
def test_every_choice_has_its_picture_in_its_place(many: int, columns: int) -> None:
    image = drawn(*[("happy",)] * many)
    assert image.width == columns * WIDE + 2 * EDGE
    assert all(filled(cell(image, number, columns)) > 0.2 for number in range(many))
    assert filled(image.crop((0, image.height - EDGE - 30, image.width, image.height))) > 0.001


def test_what_has_no_picture_has_its_number_and_several_stand_side_by_side() -> None:
    image = drawn(("happy",), (), ("nobody knows this",), ("sad", "home"))
    shares = [filled(cell(image, number, 2)) for number in range(4)]
    assert shares[1] == shares[2] == 0 < shares[3] < shares[0]
    numbers = [image.crop((EDGE + 10, EDGE + row * HIGH + 10, EDGE + 60, EDGE + row * HIGH + 60)) for row in (0, 1)]
    assert all(filled(number) > 0.02 for number in numbers)


def test_every_concept_can_be_drawn() -> None:
    concepts = list(locales.symbols())
    for at in range(0, len(concepts), MOST):
        some = concepts[at : at + MOST]
        image = drawn(*((one,) for one in some))
        columns = (image.width - 2 * EDGE) // WIDE
        empty = [one for number, one in enumerate(some) if filled(cell(image, number, columns)) < 0.02]
        assert not empty


def test_a_set_of_ones_own_is_used_where_it_is_png() -> None:
    red = io.BytesIO()
    Image.new("RGB", (300, 150), "#ff0000").save(red, "PNG")
    own = {"happy": picture("happy", "png", red.getvalue()), "sad": picture("sad", "svg", SVG)}
    symbols = Symbols({"dudley": Pack("© Somebody", "a letter", own)})
    image, shipped = drawn(("happy",), ("sad",), symbols=symbols), drawn(("happy",), ("sad",))
    assert image.getpixel((EDGE + WIDE // 2 + 20, EDGE + HIGH // 2)) == (255, 0, 0)
    assert [differs(cell(image, number, 2), cell(shipped, number, 2)) for number in (0, 1)] == [True, False]
