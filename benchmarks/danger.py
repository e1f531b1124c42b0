"""Signs of danger: what a look costs, and how good it is: ``python -m benchmarks.danger``.

Cost: the median time for a message of 300 characters with every language's list loaded, ordinary ones and dangerous
ones; their words have been seen before. Quality: for every set of examples
in tests/flows/danger, the share of dangers found and of ordinary messages taken for one (docs/safety.md).
"""

from __future__ import annotations

import json
import random
import statistics
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import locales
from benchmarks.pairs import Row, Size, most
from bot import deployment
from flows.rules import Rules, pack
from flows.safety import Watch
from tools.examples import is_of

SETS = Path(__file__).parents[1] / "tests" / "flows" / "danger"
LENGTH, MESSAGES, WHOLE = 300, 200, 10
#: The languages that the goal was set for.
FIRST = ("en", "cy", "ar")
#: Each message is timed so often, and the best counts: the machine may be busy with something else.
ROUNDS = 5

#: (dangers, of these the ones that must be red, ordinary messages)
Examples = tuple[list[str], list[str], list[str]]


def sets(language: str) -> Iterator[tuple[str, Examples]]:
    """(name, examples) of every set in a language."""
    for path in sorted(SETS.glob("*.toml")):
        tables: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
        if path.stem == language:
            red = [text for texts in tables["red"].values() for text in texts]
            amber = [text for texts in tables["amber"].values() for text in texts]
            yield "first", (red + amber, red, list(tables["near"]["all"]))
        elif is_of(path.stem, language) or language in tables:
            own = tables.get(language, tables)
            name = path.stem.removeprefix(f"{language}_")
            parts = {f"{name}, {key}": part for key, part in own.items() if isinstance(part, dict)} or {name: own}
            for title, part in parts.items():
                signs = part.get("sign", ())
                if isinstance(signs, dict):
                    signs = [text for texts in signs.values() for text in texts]
                signs = [*signs, *part.get("grave", ())]
                yield title, (signs, [], [*part.get("none", ()), *part.get("ordinary", ())])


def messages(texts: Sequence[str]) -> list[str]:
    """Messages of 300 characters: as they were written where there are such long ones, else put together of texts."""
    draw = random.Random(1)
    whole = [text[:LENGTH] for text in texts if len(text) >= LENGTH - 40]
    if len(whole) >= WHOLE:
        return draw.choices(whole, k=MESSAGES)
    return [". ".join(draw.choices(texts, k=30))[:LENGTH] for _ in range(MESSAGES)]


def cost(watch: Watch, texts: Sequence[str], language: str) -> float:
    """Median seconds a message."""
    for text in texts:
        watch.signs(text, language)
    took = []
    for text in messages(texts):
        took.append(min(_once(watch, text, language) for _ in range(ROUNDS)))
    return statistics.median(took)


def _once(watch: Watch, text: str, language: str) -> float:
    began = time.perf_counter()
    watch.signs(text, language)
    return time.perf_counter() - began


def rows(size: Size) -> list[Row]:
    """What an ordinary message of 300 characters costs in each language; the slowest counts, of three and of all."""
    watch = deployment.watch()
    found = {}
    for language in locales.danger_lists():
        ordinary = [text for _, (_, _, none) in sets(language) for text in none]
        if ordinary:
            found[language] = cost(watch, ordinary, language) * 1000
    what = f"danger check of a {LENGTH}-character message"
    rows = []
    for name, languages in (("English, Welsh and Arabic", FIRST), (f"each of {len(found)} languages", tuple(found))):
        slowest = max(languages, key=lambda language: found[language])
        took = [found[language] for language in languages]
        rows.append(most(f"{what}, median in {name}; the slowest ({slowest})", 0.15, "ms", took, worst=True))
    return rows


def main() -> None:
    lists = locales.danger_lists()
    began = time.process_time()
    packed = {language: json.dumps(pack(language, tables)) for language, tables in lists.items()}
    compiled = time.process_time() - began
    began = time.process_time()
    watch = Watch({language: Rules(json.loads(text)) for language, text in packed.items()})
    read = time.process_time() - began
    print(f"\nsigns of danger: {len(lists)} lists, compiled in {compiled:.2f} s, read again in {read * 1000:.0f} ms")
    print(f"| a message of {LENGTH} characters, µs (goal: ordinary at most 150) | ordinary | dangerous |")
    print("|---|---|---|")
    for language in lists:
        known = [examples for _, examples in sets(language)]
        ordinary = [text for _, _, none in known for text in none]
        dangers = [text for signs, _, _ in known for text in signs]
        print(
            f"| {language} | {cost(watch, ordinary, language) * 1e6:,.0f} "
            f"| {cost(watch, dangers, language) * 1e6:,.0f} |"
        )
    print("\n| language | set | dangers found | red found red | ordinary taken for danger | for red |")
    print("|---|---|---|---|---|---|")
    for language in lists:
        for name, (dangers, red, none) in sets(language):
            found = [bool(watch.signs(text, language).level) for text in dangers]
            as_red = [watch.signs(text, language).level == "red" for text in red]
            taken = [watch.signs(text, language).level for text in none]
            cells = (_share(found), _share(as_red), _share([bool(one) for one in taken]))
            print(f"| {language} | {name} | {' | '.join(cells)} | {_share([one == 'red' for one in taken])} |")


def _share(which: Sequence[bool]) -> str:
    return f"{sum(which)} of {len(which)}, {sum(which) / len(which):.0%}" if which else "–"


if __name__ == "__main__":
    main()
