"""``hearback import`` and ``hearback report --publish`` as somebody runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import Trouble, import_, report
from bot.config import Settings, load

ROWS = "ID,Received,Kind,Service,Themes,Closed\n" + "".join(
    f"{number},{1 + number % 28:02}/06/2020,complaint,Fostering,Decision Making,yes\n" for number in range(12)
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load(data=tmp_path_factory.mktemp("import"))


def test_a_dry_run_a_mistake_an_import_and_a_report(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.csv"
    path.write_text(ROWS.replace("Decision Making", "Decison", 1), "utf-8")
    with pytest.raises(Trouble, match="Nothing was imported"):
        import_.bring(settings, path, "sandwell", "", False, False)
    assert "row 2, themes" in capsys.readouterr().err
    path.write_text(ROWS, "utf-8")
    import_.bring(settings, path, "sandwell", "", True, False)
    assert capsys.readouterr().out.startswith("12 new records, 0 of them still open; 0 are here already.")
    import_.bring(settings, path, "sandwell", "", False, False)
    assert "12 records were brought." in capsys.readouterr().out
    import_.bring(settings, path, "sandwell", "", False, False)
    assert "nothing new" in capsys.readouterr().out
    totals = tmp_path / "totals.csv"
    totals.write_text("year,table,row,figure\n2019/20,glance,complaints,270\n", "utf-8")
    import_.bring_totals(settings, totals, "sandwell", "", False, False)
    for language, out, why in (("ar", tmp_path, "No report is written"), ("en", totals / "in", "cannot be written")):
        with pytest.raises(Trouble, match=why):
            report.write(settings, "sandwell", "2020-04-01", "2021-03-31", ["csv"], out, language=language)
    for day in ("0001-01-01", "31/03/2020"):
        with pytest.raises(Trouble, match="no day of a report"):
            report.write(settings, "sandwell", day, "2021-03-31", ["csv"], tmp_path)
    made = report.write(settings, "sandwell", "2020-04-01", "2021-03-31", ["html", "json"], tmp_path, publish=True)
    assert made[0].name == "sandwell-2020-04-01-2021-03-31-published.html"
    page = made[0].read_text("utf-8")
    assert "270†" in page and 'href="http' not in page
    import_.columns(settings, "sandwell")
    assert "Actions/Conduct of Worker" in capsys.readouterr().out
    with pytest.raises(Trouble, match="--organisation"):
        import_.bring(settings, path, "", "", False, False)
    import_.discard(settings, "sandwell")
    assert "Nothing was waiting." in capsys.readouterr().out


def test_a_total_that_would_stand_nowhere_is_told(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "totals.csv"

    def told(text: str) -> list[str]:
        path.write_text(text, "utf-8")
        with pytest.raises(Trouble, match="Nothing was imported"):
            import_.bring_totals(settings, path, "sandwell", "", True, False)
        return capsys.readouterr().err.splitlines()

    assert "No column is called “remark”" in told("year,table,row,figure,remark\n2019/20,glance,complaints,1,x\n")[0]
    lines = told(
        "year,table,row,column,figure\n2019/20,themess,worker,,1\n2019/20,themes,wurker,,1\n"
        "2019/20,themes,worker,percent,33\n2019/20,glance,complaints,,a lot\n"
    )
    assert [line.partition(":")[0] for line in lines] == [
        "row 2, table", "row 3, row", "row 4, column", "row 5, figure",
    ]  # fmt: skip
    assert "Did you mean “themes”?" in lines[0] and "Did you mean “worker”?" in lines[1]


def test_totals_of_months_and_quarters_stand_beside_those_of_later_years(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "totals.csv"
    path.write_text("year,table,row,figure\n2018/19,months,2018-06,31\n2018/19,quarters,q1,77\n", "utf-8")
    import_.bring_totals(settings, path, "sandwell", "", False, False)
    made = report.write(settings, "sandwell", "2020-04-01", "2021-03-31", ["csv"], tmp_path)
    lines = made[0].read_text("utf-8").splitlines()
    found = {line.split(",")[7]: line for line in lines if "records.2018-04-01" in line and "recorded figure" in line}
    assert ",31,," in found["2020-06"] and ",77,," in found["Q1"]


def test_a_year_before_the_first_record_is_no_year_of_noughts_and_no_day_is_no_april(tmp_path: Path) -> None:
    settings, path = load(data=tmp_path / "data"), tmp_path / "history.csv"
    undated = "".join(f"U{number},,complaint,Fostering,Decision Making,yes,2020/21\n" for number in range(30))
    path.write_text(ROWS.replace("Closed\n", "Closed,Year\n").replace(",yes\n", ",yes,\n") + undated, "utf-8")
    import_.bring(settings, path, "sandwell", "", False, False)
    made = report.write(settings, "sandwell", "2020-04-01", "2021-03-31", ["csv", "html"], tmp_path)
    lines = made[0].read_text("utf-8").splitlines()
    assert not [line for line in lines if "2019/20" in line]
    assert "2019/20" not in made[1].read_text("utf-8")
    assert next(line for line in lines if ",trend," in line).split(",")[8] == "2020-06"
