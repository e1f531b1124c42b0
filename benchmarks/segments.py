"""Text messages that a whole complaint costs (the read-back apart), and the longest of any of them.

python -m benchmarks segments
"""

from __future__ import annotations

from benchmarks.pairs import Row, Size, most
from bot.danger import watch
from bot.world import OrganisationWorld
from casework.procedure import load
from locales import sms
from tests.flows.tester import START
from tests.test_sms_budget import ANSWERS, BUDGET, is_read_back, talked

NAMES = {"en": "English", "ar": "Arabic", "cy": "Welsh", "pl": "Polish"}
LONGEST = {"gsm7": 2, "ucs2": 4}


def rows(size: Size) -> list[Row]:
    world, found, longest = OrganisationWorld(load("dudley"), watch(), lambda: START), list[Row](), dict[str, int]()
    for code in sorted(ANSWERS, key=lambda code: (code not in BUDGET, code)):
        total = 0
        for message, texts in talked(world, code):
            sizes = [sms.size(text) for text in texts]
            for one in sizes:
                longest[one.alphabet] = max(longest.get(one.alphabet, 0), one.segments)
            total += 0 if is_read_back(message) else sum(one.segments for one in sizes)
        what = f"SMS segments of a whole complaint, {NAMES[code]}"
        if code in BUDGET:
            found.append(most(what, BUDGET[code], "segments", [total]))
        else:
            found.append(Row(what, "–", f"**{total} segments**"))
    for alphabet, segments in sorted(longest.items()):
        what = f"the longest single message in {alphabet.upper()}"
        found.append(most(what, LONGEST.get(alphabet.lower().replace("-", ""), 4), "segments", [segments]))
    return found
