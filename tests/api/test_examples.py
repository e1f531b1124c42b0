"""docs/examples: what they ask for and what they take of the answer is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.api import OPERATIONS, PREFIX, shapes
from casework.report_feed import HEADINGS

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
QUERIES = sorted(path.name for path in EXAMPLES.glob("*.pq"))


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_for_what_there_is(name: str) -> None:
    text = (EXAMPLES / name).read_text("utf-8")
    (path,) = re.findall(r'RelativePath = "(.+?)"', text)
    (one,) = (one for one in OPERATIONS if f"{PREFIX}{one.path}" == f"/{path}" and one.method == "GET")
    (given,) = re.findall(r"Query = (.+),$", text, re.MULTILINE)
    assert one.query is not None
    assert set(re.findall(r"[\[ ](\w+) = ", given)) <= one.query.model_fields.keys()


def test_power_bi_takes_fields_of_a_record() -> None:
    text = (EXAMPLES / "powerbi_records.pq").read_text("utf-8")
    (columns,) = re.findall(r"type table \[(.+?)\]", text, re.DOTALL)
    taken = set(re.findall(r"(\w+) = ", columns))
    assert len(taken) > 10 and taken <= shapes.Summary.model_fields.keys()
    assert set(re.findall(r'\{"(\w+)", each', text)) <= taken
    assert {"records", "next"} <= shapes.Records.model_fields.keys()


def test_excel_takes_columns_of_the_report() -> None:
    text = (EXAMPLES / "excel_report.pq").read_text("utf-8")
    assert {name for name, _ in re.findall(r'\{"(\w+)", (Int64\.Type|type date)\}', text)} <= set(HEADINGS)
