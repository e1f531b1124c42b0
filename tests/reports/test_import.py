"""An organisation's history: whatever a spreadsheet can be, whole or not at all, the same again changes nothing."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.import_dates import Unclear, day, report_year
from casework.procedure import load
from storage import casefile, staging
from storage.as_talk import CHANNEL
from storage.cases import Cases
from storage.counting import RECORD
from storage.import_files import Unreadable
from storage.import_words import vocabulary
from storage.importing import BrokenOff, Import
from storage.store import Store
from tests.storage.conftest import Site, made, postgres, sqlite_site, sqlite_template

__all__ = ["postgres", "sqlite_site", "sqlite_template"]

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
SANDWELL = load("sandwell")
WORDS = vocabulary(SANDWELL, {"en": ("English",), "cy": ("Welsh",), "pl": ("Polish", "Polski")})
ROW = {"source_id": "A1", "received": "01/06/2020", "kind": "complaint", "closed": "yes"}


@pytest.fixture(params=["sqlite", "postgres"])
def each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with made(request.param, request.getfixturevalue, tmp_path) as site:
        yield site.open(profiles={"sandwell": SANDWELL})


@pytest.fixture
def store(sqlite_site: Site) -> Store:
    return sqlite_site.open(profiles={"sandwell": SANDWELL})


def written(folder: Path, *rows: Mapping[str, Any], name: str = "history.csv") -> Path:
    path = folder / name
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
    return path


def importing(store: Store, path: Path) -> Import:
    return Import(store, SANDWELL, path, WORDS, NOW)


def bring(store: Store, path: Path) -> int:
    one = importing(store, path)
    checked = one.check()
    assert not checked.problems, [str(problem) for problem in checked.problems]
    return one.bring(checked.batch)


def troubles(store: Store, path: Path) -> list[str]:
    return [str(problem) for problem in importing(store, path).check().problems]


def facts(store: Store) -> dict[str, set[str]]:
    with store.database.reading() as db:
        rows = db.exec_driver_sql("SELECT fact, value FROM case_fact").all()
    found: dict[str, set[str]] = {}
    for fact, value in rows:
        found.setdefault(fact, set()).add(value)
    return found


def count(store: Store, sql: str) -> int:
    with store.database.reading() as db:
        return int(db.exec_driver_sql(f"SELECT count(*) FROM {sql}").scalar_one())


# A record as it would have been -----------------------------------------------------------------------


def test_a_closed_complaint_has_its_clocks_its_facts_and_its_words(each: Store, tmp_path: Path) -> None:
    row = ROW | {
        "Service area": "Children in care", "Complainant": "A parent", "Theme": "Decision making; Family Time",
        "acknowledged": "2/6/2020", "answered": "12 June 2020", "outcome": "upheld", "remedies": "apology",
        "disability": "rather not say", "stage2_statement_agreed": "23/07/2020", "stage2_answered": "14/10/2020",
        "stage2_working_days": "57", "stage2_cost": "£1,017", "person": "Mosaic 4711", "name": "Zebedee Turnip",
        "words": "Marmalade was thrown.", "language": "Polski", "mediation": "Declined and went on",
    }  # fmt: skip
    assert bring(each, written(tmp_path, row)) == 1
    with each.database.reading() as db:
        one = db.exec_driver_sql("SELECT id, reference, organisation, channel, place, receipt_hash FROM cases").one()
        state = casefile.state(db, each.vault, each.procedures, one.id)
        raw = str([db.exec_driver_sql(f"SELECT * FROM {table}").all() for table in ("case_fact", "talk", "inbound")])
        assert str(db.execute(RECORD.select()).one().organisation) == "sandwell"
    assert (one.organisation, one.channel, one.place, one.receipt_hash) == ("sandwell", "other", "closed", None)
    assert state.clocks["stage1.response"].status(NOW) == "met"
    assert state.clocks["acknowledgement"].status(NOW) == "met"
    assert state.clocks["stage2.response"].deadline is not None
    found = facts(each)
    assert found["theme"] == {"decision", "family_time"} and found["outcome"] == {"upheld"}
    assert found["services"] == {"children_in_care"} and found["who"] == {"parent"} and found["language"] == {"pl"}
    assert found["disability"] == {"rather_not"} and found["mediation"] == {"declined"}
    assert found["days_recorded.stage2"] == {"57"} and found["cost.stage2"] == {"1017"}
    assert "Mosaic" not in raw and "Turnip" not in raw and "Marmalade" not in raw
    shown = Cases(each.database, each.vault).show(one.reference)
    assert {entry["step"]: entry["words"] for entry in shown["entries"]} == {
        "story": ["Marmalade was thrown."],
        "name": ["Zebedee Turnip"],
    }


def test_nobody_is_told_anything_and_what_stays_open_has_its_clocks(store: Store, tmp_path: Path) -> None:
    rows = (ROW, {**ROW, "source_id": "A2", "received": "18/11/2026", "closed": ""})
    one = importing(store, written(tmp_path, *rows))
    checked = one.check()
    assert (checked.new, checked.open) == (2, 1)
    assert one.bring(checked.batch) == 2
    assert count(store, "outbox") == count(store, "task") == count(store, "alert") == 0
    assert count(store, "job WHERE kind = 'dues'") == 1
    assert count(store, f"talk WHERE channel = '{CHANNEL}'") == 2


def test_records_lie_in_lists_by_the_day_they_came(store: Store, tmp_path: Path) -> None:
    days = ["01/06/2021", "01/06/2019", "01/06/2020"]
    bring(store, written(tmp_path, *({**ROW, "source_id": day, "received": day} for day in days)))
    with store.database.reading() as db:
        found = db.exec_driver_sql("SELECT filed_at FROM cases ORDER BY id").scalars().all()
    assert [str(one)[:4] for one in found] == ["2019", "2020", "2021"]


def test_a_record_whose_day_nobody_knows_is_counted_in_its_year(store: Store, tmp_path: Path) -> None:
    bring(store, written(tmp_path, {"source_id": "A", "year": "2020/21", "kind": "compliment", "closed": "yes"}))
    with store.database.reading() as db:
        assert str(db.exec_driver_sql("SELECT filed_at FROM cases").scalar_one())[:10] == "2020-04-01"
    assert facts(store)["undated"] == {"yes"}


# Whole or not at all ------------------------------------------------------------------------------------


def test_nothing_is_imported_while_one_row_is_wrong(store: Store, tmp_path: Path) -> None:
    rows = [{**ROW, "source_id": str(number)} for number in range(40)]
    rows[33]["received"] = "31/02/2020"
    checked = importing(store, written(tmp_path, *rows)).check()
    assert [(one.row, one.column) for one in checked.problems] == [(35, "received")]
    assert count(store, "cases") == 0


def test_a_broken_off_import_is_seen_by_nobody_and_goes_on(
    each: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, *({**ROW, "source_id": str(number)} for number in range(50)))
    one = importing(each, path)
    checked = one.check()

    class Killed(Exception):
        pass

    def killed(staged: int) -> None:
        if staged >= 2 * staging.AT_ONCE:
            raise Killed

    one.progress = killed
    with pytest.raises(Killed):
        one.bring(checked.batch)
    assert count(each, "cases WHERE organisation = 'sandwell'") == 0
    assert count(each, "report_record WHERE organisation = 'sandwell'") == 0
    assert sum(staging.waiting(each, "sandwell").values()) == 2 * staging.AT_ONCE
    with pytest.raises(BrokenOff):
        other = importing(each, written(tmp_path, ROW, name="other.csv"))
        other.bring(other.check().batch)
    assert bring(each, path) == 50
    assert count(each, "cases WHERE organisation = 'sandwell'") == 50


def test_a_broken_off_import_can_be_taken_away(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, *({**ROW, "source_id": str(number)} for number in range(20)))
    one = importing(store, path)
    one.progress = lambda staged: (_ for _ in ()).throw(RuntimeError)  # type: ignore[attr-defined]  # after one chunk
    with pytest.raises(RuntimeError):
        one.bring(one.check().batch)
    assert staging.discard(store, "sandwell") == staging.AT_ONCE
    for table in ("cases", "case_fact", "case_event", "talk", "inbound", "report_record", "search_token"):
        assert count(store, table) == 0
    assert bring(store, path) == 20


def test_the_same_file_again_changes_nothing_and_a_changed_row_is_told(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, ROW, {**ROW, "source_id": "A2", "outcome": "upheld"})
    assert bring(store, path) == 2
    assert bring(store, path) == 0
    more = written(tmp_path, ROW, {**ROW, "source_id": "A2", "outcome": "not upheld"}, {**ROW, "source_id": "A3"})
    checked = importing(store, more).check()
    assert (checked.new, checked.known, checked.changed) == (1, 2, ("A2",))
    assert bring(store, more) == 1
    assert count(store, "cases") == 3 and facts(store)["outcome"] == {"upheld"}


# What a spreadsheet can be ------------------------------------------------------------------------------


def test_every_problem_of_a_row_is_told_in_words(store: Store, tmp_path: Path) -> None:
    row = {
        "source_id": "", "received": "yesterday", "kind": "complaint", "theme": "Decison Making", "services": "Moon",
        "answered": "1/1/2019", "agency_staff": "perhaps", "stage2_cost": "a lot",
    }  # fmt: skip
    found = troubles(store, written(tmp_path, row))
    assert {one.split(":")[0] for one in found} == {
        f"row 2, {column}" for column in ("source_id", "received", "themes", "services", "agency_staff", "stage2_cost")
    }
    assert any("Did you mean “Decision Making”?" in one for one in found)


def test_a_heading_nobody_knows_is_not_left_out_in_silence(store: Store, tmp_path: Path) -> None:
    found = troubles(store, written(tmp_path, {**ROW, "Outcom": "upheld", "x_internal": "1"}))
    assert len(found) == 1 and "“Outcom”" in found[0] and "x_" in found[0]
    assert "kind is missing" in " ".join(troubles(store, written(tmp_path, {"id": "1", "received": "1/2/2020"})))


def test_two_rows_with_one_id_are_told(store: Store, tmp_path: Path) -> None:
    assert troubles(store, written(tmp_path, ROW, ROW)) == [
        "row 3, source_id: “A1” is in row 2 too. Each row needs its own"
    ]


def test_days_that_cannot_follow_one_another(store: Store, tmp_path: Path) -> None:
    row = ROW | {"stage2_requested": "1/9/2020", "stage2_answered": "1/8/2020", "closed": "2/6/2020"}
    assert {one.split(":")[0] for one in troubles(store, written(tmp_path, row))} == {
        "row 2, stage2_answered",
        "row 2, closed",
    }


def test_semicolons_windows_letters_and_a_title_above(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    text = "Complaints – our list;;;\n\nID;Date received;Type;Words;Closed\nA1;01.06.2020;Complaint;“Café”\n;;;\n"
    path.write_bytes((text + "A2;1 Jun 20;Cwyn;=1+1;yes\n").encode("cp1252"))
    assert bring(store, path) == 2


@pytest.mark.parametrize("rest", ["I waited, and waited, and nobody came", "One, two; three", "plain"])
def test_headings_tell_what_separates_the_columns(store: Store, tmp_path: Path, rest: str) -> None:
    path = tmp_path / "history.csv"
    text = "id\treceived\tkind\twords\tclosed\n" + f"A1\t1/6/2020\tcomplaint\t{rest}\tyes\n"
    path.write_text(text, "utf-8")
    assert bring(store, path) == 1


def test_what_stands_under_no_heading_is_told(store: Store, tmp_path: Path) -> None:
    """Words with commas and no quotation marks run on into the cells of others."""
    path = tmp_path / "history.csv"
    path.write_text("id,received,kind,words,,\nA1,1/6/2020,complaint,I waited, and waited,\n", "utf-8")
    found = troubles(store, path)
    assert len(found) == 1 and found[0].startswith("row 2, cell 5: ") and "waited" not in found[0]
    assert troubles(store, workbook(tmp_path, [1, date(2020, 6, 1), "complaint", "yes", "a remark"])) == [
        one.replace("row 2", "row 3") for one in found
    ]


def test_a_formula_that_went_wrong_is_told(store: Store, tmp_path: Path) -> None:
    found = troubles(store, written(tmp_path, {**ROW, "words": "#N/A", "received": "#REF!"}))
    assert len(found) == 2 and all("a formula went wrong here" in one for one in found)


def test_an_import_that_names_no_acknowledgement_says_nothing_of_it(store: Store, tmp_path: Path) -> None:
    bring(store, written(tmp_path, {**ROW, "answered": "1/9/2020", "outcome": "upheld"}))
    assert "acknowledged" not in facts(store) and facts(store)["timescale.stage1"] == {"missed"}
    late = {**ROW, "source_id": "A2", "acknowledged": "1/8/2020", "answered": "1/9/2020"}
    bring(store, written(tmp_path, late))
    assert facts(store)["acknowledged"] == {"missed"}


def test_spellings_of_themes_are_one_theme(store: Store, tmp_path: Path) -> None:
    spellings = ["Actions / Conduct of Worker", "actions/conduct of worker", "Support with social media", "worker"]
    rows = [{**ROW, "source_id": str(i), "theme": one} for i, one in enumerate(spellings)]
    bring(store, written(tmp_path, *rows))
    assert facts(store)["theme"] == {"worker", "social_media"}


def test_informal_feedback_has_its_own_themes(store: Store, tmp_path: Path) -> None:
    informal = {**ROW, "kind": "Informal feedback", "theme": "Bereavement"}
    assert troubles(store, written(tmp_path, informal)) == []
    assert len(troubles(store, written(tmp_path, {**ROW, "theme": "Bereavement"}))) == 1


def workbook(folder: Path, *rows: list[Any], mac: bool = False, merge: str = "") -> Path:
    book = openpyxl.Workbook()
    if mac:
        book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    notes, sheet = book.active, book.create_sheet("Data")
    assert notes is not None
    notes.append(["Notes"])
    sheet.append(["Complaints 2020/21"])
    sheet.merge_cells("A1:D1")
    sheet.append(["ID", "Received", "Kind", "Closed"])
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    path = folder / "history.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("mac", [False, True])
def test_a_workbook_of_either_calendar(store: Store, tmp_path: Path, mac: bool) -> None:
    number = (date(2020, 6, 1) - (date(1904, 1, 1) if mac else date(1899, 12, 30))).days
    rows = [
        [1, date(2020, 6, 1), "complaint", "yes"],
        [2, number, "complaint", True],
        [3, "1/6/2020", "complaint", "yes"],
    ]
    assert bring(store, workbook(tmp_path, *rows, mac=mac)) == 3
    assert facts(store)["filed"] == {"2020-06-01"}


def test_merged_cells_and_formulas_without_a_result_are_told(store: Store, tmp_path: Path) -> None:
    rows = [[1, date(2020, 6, 1), "complaint", "yes"], [2, None, "complaint", "yes"], [3, "=B3", "complaint", "yes"]]
    found = troubles(store, workbook(tmp_path, *rows, merge="B3:B4"))
    assert any("B3:B4 are merged" in one for one in found)
    assert any(one.startswith("row 5, column B") and "formula" in one for one in found)


def test_json_lines(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text("\n".join([json.dumps({**ROW, "themes": ["Decision Making", "Family Time"]}), ""]), "utf-8")
    assert bring(store, path) == 1
    odd = {**ROW, "source_id": "A2", "words": "one\u2028two\u0085three"}
    path.write_text(json.dumps(odd, ensure_ascii=False), "utf-8")
    assert bring(store, path) == 1
    path.write_text('{"source_id": 1}\nnonsense', "utf-8")
    with pytest.raises(Unreadable, match="line 2"):
        importing(store, path).check()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"", "headings"),
        ("a.xlsx", b"PK no workbook", "workbook"),
        ("a.xls", b"", "save it as"),
        ("a.pdf", b"", "save it as"),
        ("a.csv", b"one,two\n1,2\n", "headings"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(store: Store, tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=why):
        importing(store, tmp_path / name).check()
    with pytest.raises(Unreadable, match="no file"):
        importing(store, tmp_path / "none.csv").check()


# Days ---------------------------------------------------------------------------------------------------


@given(
    st.dates(date(1970, 1, 1), TODAY), st.sampled_from(["%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%Y-%m-%d", "%a %d %b %Y"])
)
def test_a_day_is_read_as_it_was_written_in_british_order(wanted: date, how: str) -> None:
    assert day(wanted.strftime(how), TODAY) == wanted


@pytest.mark.parametrize(
    "text", ["13/13/2020", "31/02/2020", "2020", "43983", "soon", "1/2/2035", "1/2/1066", "12/25/2020"]
)
def test_what_is_no_day_says_what_to_write(text: str) -> None:
    with pytest.raises(Unclear):
        day(text, TODAY)


def test_two_digits_are_a_year_that_has_been() -> None:
    assert day("1/2/20", TODAY) == date(2020, 2, 1)
    assert day("1/2/99", TODAY) == date(1999, 2, 1)


def test_report_years() -> None:
    assert report_year("2020/21", 4, TODAY) == report_year("2020-2021", 4, TODAY) == date(2020, 4, 1)
    assert report_year("2020", 1, TODAY) == date(2020, 1, 1)
    for wrong in ("2020", "2020/22", "20/21", "2031/32"):
        with pytest.raises(Unclear):
            report_year(wrong, 4, TODAY)
