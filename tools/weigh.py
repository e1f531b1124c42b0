"""Learns the weighed words of a language from the example phrases in tests/flows/danger: ``python -m tools.weigh en``.

What comes out, ``locales/<language>/weighed.toml``, is a list anybody can read: a word, the beginning of a word
(``begi*``) or two words next to each other, and how much it speaks for danger (above 0) or for an ordinary day (below),
in hundredths. ``flows/weigh.py`` adds them up. Logistic regression, in plain Python, the same every time it is run.
"""

from __future__ import annotations

import math
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import locales
from flows.safety import Watch
from flows.weigh import TOGETHER

SETS = Path(__file__).parents[1] / "tests" / "flows" / "danger"
#: Passes over the phrases, step of the first one, how strongly weights are drawn to nothing.
PASSES, STEP, DECAY = 30, 0.3, 0.02
#: Lighter parts are left out.
LIGHTEST = 0.15
#: Of the ordinary phrases of each tenth, weighed by what the other nine teach, so many may be over the limit.
FALSE = 0.07

Phrase = tuple[Sequence[str], int]


def phrases(language: str) -> Iterator[tuple[str, int]]:
    """(phrase, 1 for danger or 0) of every set of the language; never of one that is kept to measure by."""
    for path in sorted(SETS.glob("*.toml")):
        tables = tomllib.loads(path.read_text("utf-8"))
        if path.stem == language:
            for level in ("red", "amber"):
                yield from ((text, 1) for texts in tables[level].values() for text in texts)
            yield from ((text, 0) for text in tables["near"]["all"])
        own = tables if path.stem.startswith(f"{language}_") else tables.get(language, {})
        for part in [own, *(part for part in own.values() if isinstance(part, dict))]:
            for name, danger in (("sign", 1), ("grave", 1), ("none", 0), ("ordinary", 0)):
                texts = part.get(name, ())
                if isinstance(texts, dict):
                    texts = [text for some in texts.values() for text in some]
                yield from ((text, danger) for text in texts)


def learn(known: Sequence[Phrase]) -> tuple[dict[str, float], float]:
    """(weights, bias)."""
    draw = random.Random(7)
    weights: dict[str, float] = {}
    bias, step = 0.0, STEP
    share = sum(danger for _, danger in known) / len(known)
    order = list(known)
    for _ in range(PASSES):
        draw.shuffle(order)
        for these, danger in order:
            total = bias + sum(weights.get(one, 0.0) for one in these)
            off = (danger - 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))) * (1 - share if danger else share) * 2
            bias += step * off * 0.1
            for one in these:
                weights[one] = weights.get(one, 0.0) * (1 - step * DECAY) + step * off
        step *= 0.93
    return weights, bias


def limit(known: Sequence[Phrase]) -> float:
    """The total over which FALSE of the ordinary phrases are, each weighed by what the others teach."""
    totals: list[float] = []
    missed: list[float] = []
    for tenth in range(10):
        weights, bias = learn([one for number, one in enumerate(known) if number % 10 != tenth])
        for these, danger in known[tenth::10]:
            (missed if danger else totals).append(bias + sum(weights.get(one, 0.0) for one in these))
    totals.sort()
    over: float = totals[int(len(totals) * (1 - FALSE))]
    found: float = sum(total > over for total in missed) / max(1, len(missed))
    sys.stdout.write(f"limit {over:.2f}: {found:.0%} of the dangers are over it, {FALSE:.1%} of the ordinary phrases\n")
    return over


def main(language: str) -> None:
    watch = Watch({language: locales.danger_lists()[language]})
    parts = watch.stems[language].parts
    every = []
    for text, danger in phrases(language):
        words = watch.weighable(text, language)
        for at in range(0, max(1, len(words) - 5), TOGETHER if not danger else len(words) + 1):
            every.append((parts(words[at : at + TOGETHER] if not danger else words), danger))
    random.Random(5).shuffle(every)
    often = Counter(one for these, _ in every for one in set(these))
    known = [([one for one in these if often[one] > 1], danger) for these, danger in every]
    over = limit(known)
    weights, bias = learn(known)
    kept = {one: round(weight * 100) for one, weight in weights.items() if abs(weight) >= LIGHTEST}
    lines = [
        f"# Learned by tools/weigh.py from {len(known)} phrases in tests/flows/danger; do not edit by hand.",
        "# A word, a beginning or two words -> how much it speaks for danger, in hundredths. docs/safety.md explains.",
        f"over = {round((over - bias) * 100)}",
        "[words]",
        *(f'"{one}" = {weight}' for one, weight in sorted(kept.items())),
    ]
    (Path(locales.__file__).parent / language / "weighed.toml").write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(f"{language}: {len(kept)} weighed words\n")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["en"])
