"""Text messages that a whole complaint costs (the read-back apart), and the longest of any of them.

python -m benchmarks segments
"""

from __future__ import annotations

import locales
from benchmarks.pairs import Row, Size, most
from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from locales import sms
from tests.flows.tester import START
from tests.test_sms_budget import BUDGET, is_read_back, talked

LONGEST = {"gsm7": 2, "ucs2": 4}


def rows(size: Size) -> list[Row]:
    world, found, longest = OrganisationWorld(load("dudley"), watch(), lambda: START), list[Row](), dict[str, int]()
    others: dict[str, int] = {}
    for entry in locales.offered():
        total = 0
        for message, texts in talked(world, entry.code):
            sizes = [sms.size(text) for text in texts]
            for one in sizes:
                longest[one.alphabet] = max(longest.get(one.alphabet, 0), one.segments)
            total += 0 if is_read_back(message) else sum(one.segments for one in sizes)
        if entry.code in BUDGET:
            what = f"SMS segments of a whole complaint, {entry.english}"
            found.append(most(what, BUDGET[entry.code], "segments", [total]))
        else:
            others[entry.english] = total
    dearest, fewest = max(others, key=others.__getitem__), min(others, key=others.__getitem__)
    what = f"the same in {len(others)} other languages, {fewest} to {dearest}"
    found.append(Row(what, "–", f"**{others[fewest]}–{others[dearest]} segments**"))
    for alphabet, segments in sorted(longest.items()):
        what = f"the longest single message in {alphabet.upper()}"
        found.append(most(what, LONGEST.get(alphabet.lower().replace("-", ""), 4), "segments", [segments]))
    return found
