"""The page of reports and its files: who may, what the address asks for, bad input, from a figure to its list."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import locales.reports
from storage import reporting
from storage.report_build import Voice
from storage.reporting import Asked
from tests.console.conftest import Browser, House, running
from tests.reports.conftest import YEAR, settle
from tests.storage.people import Person

PERIOD = "2026-04-01..2027-03-31"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("reports")) as made:
        for number in range(3):
            person = Person(made.store.writer, organisation="dudley", endpoint="web")
            person.complain()
            if number == 1:
                settle(made.store, "dudley")
        yield made


@pytest.fixture(scope="module")
def manager(house: House) -> Browser:
    return house.signed_in(house.add("dudley", ("complaints",))[0])


@pytest.fixture(scope="module")
def reader(house: House) -> Browser:
    return house.signed_in(house.add("dudley", ("reports",))[0])


def figures(text: str, row: str) -> list[str]:
    """The cells of a line of the page, without their marks."""
    found = re.search(rf'<th scope="row">{row}</th>(.*?)</tr>', text, re.S)
    assert found, row
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", found[1], re.S)]


def test_a_figure_leads_to_its_records(house: House, manager: Browser) -> None:
    page = manager.get(f"/staff/reports?period={PERIOD}&part=received").text
    assert figures(page, "Complaint")[-2:] == ["3", "100 %"]
    links = re.findall(r'href="(/staff/records\?facts=[^"]+)"', page)
    assert links
    for href in dict.fromkeys(links):
        listed = manager.get(href.replace("&amp;", "&")).text
        assert "These are the records behind a figure" in listed
    first = manager.get(next(one for one in links if "kind%3Acomplaint" in one)).text
    assert len(set(re.findall(r"HB-\w{4}-\w{2}", first))) == 3


def test_whoever_only_reads_reports_sees_figures_without_links(reader: Browser) -> None:
    page = reader.get(f"/staff/reports?period={PERIOD}&part=received")
    assert page.status_code == 200 and figures(page.text, "Complaint")[-2:] == ["3", "100 %"]
    assert "/staff/records" not in page.text


@pytest.mark.parametrize("role", ["participation", "officer", "manager", "safeguarding", "advocate", "administrator"])
def test_others_may_not(house: House, role: str) -> None:
    number, _ = house.add("dudley", (role,), services=("adoption",) if role == "manager" else ())
    assert house.signed_in(number).get("/staff/reports").status_code == 403


def test_every_section_and_split_can_be_opened(manager: Browser) -> None:
    page = manager.get("/staff/reports").text
    tabs = re.findall(r'href="(/staff/reports\?[^"]*part=[^"]+)"', page)
    assert len(tabs) > 8
    for href in tabs:
        assert manager.get(href.replace("&amp;", "&")).status_code == 200
    for split in ("speaker", "age", "disability", "ethnicity", "language"):
        assert manager.get(f"/staff/reports?period={PERIOD}&part=about&split={split}").status_code == 200


def test_bad_addresses(manager: Browser) -> None:
    """Days the wrong way round and days that are none are said; what makes no sense otherwise is left out."""
    said = manager.get("/staff/reports?since=2026-05-01&until=2026-04-01")
    assert said.status_code == 422 and "The last day is before the first" in said.text
    said = manager.get("/staff/reports?since=yesterday&until=")
    assert said.status_code == 422 and "is no day" in said.text and "Choose a day" in said.text
    for since in ("0001-01-01", "9999-12-30"):
        said = manager.get(f"/staff/reports?since={since}&until=9999-12-31")
        assert said.status_code == 422 and "is no day" in said.text
    for odd in (
        "period=0001-01-01..9999-12-31",
        "period=..",
        "level=service:none",
        "split=x",
        "part=<b>",
        "earlier=99",
        "period=2026-13-01..x",
    ):
        assert manager.get(f"/staff/reports?{odd}").status_code == 200
    for odd in ("facts=kind", "facts=%00:x", "facts=kind:complaint+drop:'", "facts=" + "a:b+" * 900):
        assert manager.get(f"/staff/records?{odd}").status_code == 200


def test_files(house: House, manager: Browser, reader: Browser) -> None:
    since, until = PERIOD.split("..")
    found = reader.get(f"/staff/reports/file?period={PERIOD}&format=csv")
    assert f"dudley-{since}-{until}.csv" in found.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))
    kinds = {row["row"]: row["value"] for row in rows if row["table"] == "kinds" and row["column"] == "records"}
    assert kinds["complaint"] == kinds["total"] == "3"
    told = manager.get(f"/staff/reports/file?period={PERIOD}&format=json").json()
    assert told["schema"] == "hearback-report/1"
    assert told["period"] == {"since": since, "until": until, "name": "2026/27"}
    assert manager.get("/staff/reports/file?format=exe").status_code == 404
    assert "reports.file" in house.audited() and "reports" in house.audited()


def test_in_welsh(house: House) -> None:
    voice = Voice("cy", **locales.reports.voice("cy"))
    with house.store.database.reading() as db:
        report = reporting.build(db, house.site.profiles["dudley"], Asked(*YEAR), voice, house.clock())
    assert report.title == "Adroddiad blynyddol, 2020/21"
    labels = [report.sections["received"], report.sheet("glance").rows[0].label, report.sheet("months").rows[0].label]
    assert labels == ["Beth a ddaeth i law", "Cwynion a ddaeth i law", "Ebrill 2020"]


def test_a_week_a_month_and_a_year_that_nobody_has_lived(manager: Browser) -> None:
    year = "..".join(map(str, YEAR))
    for period in ("2026-11-16..2026-11-22", "2026-11-01..2026-11-30", "1999-04-01..2000-03-31", year):
        page = manager.get(f"/staff/reports?period={period}&part=times")
        assert page.status_code == 200


def test_the_command(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``hearback report`` writes the same figures into files."""
    from bot.cli import Trouble
    from bot.cli.report import write
    from bot.config import load

    data = Path(house.store.database.url.removeprefix("sqlite:///")).parent
    settings = load(data=data)
    since, until = PERIOD.split("..")
    paths = write(settings, "dudley", since, until, ["csv", "json"], tmp_path / "out")
    assert [path.name for path in paths] == [f"dudley-{since}-{until}.{ending}" for ending in ("csv", "json")]
    assert ",kinds," in paths[0].read_text("utf-8-sig")
    for wrong in (
        ("nobody", since, until, ["csv"]),
        ("dudley", until, since, ["csv"]),
        ("dudley", "1/4/2026", until, ["csv"]),
        ("dudley", since, until, ["exe"]),
    ):
        with pytest.raises(Trouble):
            write(settings, *wrong, tmp_path / "none")
    with pytest.raises(Trouble, match="service:ID or team:NAME"):
        write(settings, "dudley", since, until, ["csv"], tmp_path / "none", level="service:none")
