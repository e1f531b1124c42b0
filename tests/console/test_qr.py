"""Every QR code, as a phone reads it: drawn by the browser, read by ZXing, held to what is said beside it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.console.conftest import PASSWORD, House, running
from tests.console.desk import DESKTOP, Desk, chromium

BASE = "https://talk.example.org"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A console that knows its public address: blank forms have a code only then."""
    with running(tmp_path_factory.mktemp("qr"), lambda site: replace(site, base_url=BASE)) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def desk(house: House, browser: Browser) -> Desk:
    return Desk(house, browser, house.add("dudley", ("complaints", "administrator"))[0])


def scanned(page: Page) -> str:
    """What the one code on the page says, from its picture."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return str(found.text)


def held(page: Page, address: str) -> None:
    """The code leads to this address, and the page names it, or its place, in letters."""
    assert scanned(page) == address
    said = {word.strip("\u2066\u2067\u2068\u2069").removeprefix("https://") for word in page.inner_text("body").split()}
    place = address.removeprefix("https://")
    assert said & {place, place.partition("&")[0], place.partition("?")[0]}


@pytest.mark.parametrize("language", ["en", "cy", "ar"])
def test_campaigns_and_their_posters(house: House, desk: Desk, language: str) -> None:
    code = f"speak{language}"
    made = {"name": "Speak up week", "code": code, "kind": "informal"}
    assert house.person("dudley", "complaints").post("/staff/settings/campaigns/add", made).status_code == 303
    link = f"{BASE}/dudley/?from={code}"
    held(desk.open(f"/settings/campaigns/{code}"), link)
    held(desk.open(f"/settings/campaigns/{code}/poster?lang={language}"), f"{link}&lang={language}")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_posters_of_the_chat(house: House, desk: Desk, language: str) -> None:
    service = next(iter(house.site.profiles["dudley"].services))
    link = f"{BASE}/dudley/?services={service}&lang={language}"
    held(desk.open(f"/settings/integration/poster?service={service}&in={language}"), link)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_blank_forms(desk: Desk, language: str) -> None:
    page = desk.open(f"/forms/form?kind=complaint&language={language}&wording=plain")
    held(page, f"{BASE}/dudley/?lang={language}&from=leaflet")


def test_the_second_factor(house: House, browser: Browser) -> None:
    """An authenticator app gets the key that can be typed instead, and shows whose it is and where."""
    _, link = house.add("dudley", ("officer",), link=True, login="scans@example.org")
    page = browser.new_page(viewport=DESKTOP)  # type: ignore[arg-type]  # a size
    page.goto(f"{house.url}/staff/welcome/{link}")
    page.fill("#new_password", PASSWORD)
    page.press("#new_password", "Enter")
    page.wait_for_selector(".qr")
    page.click("summary")
    read = pyotp.parse_uri(scanned(page))
    assert read.secret == page.inner_text(".secret").replace(" ", "")
    assert read.name == "scans@example.org" and read.issuer == f"Hearback {house.site.profiles['dudley'].name}"
    page.fill("#code", pyotp.TOTP(read.secret).at(house.clock()))
    page.press("#code", "Enter")
    page.wait_for_selector(".codes")
