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
    assert "12 records are there now." in capsys.readouterr().out
    totals = tmp_path / "totals.csv"
    totals.write_text("year,table,row,figure\n2019/20,glance,complaints,270\n", "utf-8")
    import_.bring_totals(settings, totals, "sandwell", "", False, False)
    made = report.write(settings, "sandwell", "2020-04-01", "2021-03-31", ["html", "json"], tmp_path, publish=True)
    page = made[0].read_text("utf-8")
    assert "270†" in page and 'href="http' not in page
    import_.columns(settings, "sandwell")
    assert "Actions/Conduct of Worker" in capsys.readouterr().out
    with pytest.raises(Trouble, match="--organisation"):
        import_.bring(settings, path, "", "", False, False)
    import_.discard(settings, "sandwell")
    assert "Nothing was waiting." in capsys.readouterr().out
