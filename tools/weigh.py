"""Learns the weights of a language from the example phrases in tests/flows/danger: ``python -m tools.weigh en``.

What comes out, ``locales/<language>/weighed.toml``, is a list anybody can read: a word, the beginning of a word
(``begi*``), two words next to each other or a weak pattern, and how much it speaks for danger (above 0) or for an
ordinary day (below), in hundredths. ``flows/weigh.py`` adds them up. Logistic regression, in plain Python, the same
every time it is run; how good it is, is measured on phrases it did not learn from.

``python -m tools.weigh en --doubtful`` lists the amber patterns that find ordinary phrases: narrow them, or mark them.

Examples of kin languages are mixed in (``tools/examples.py``): a Gujarati child and a Hindi one use many of the same
words. How many ordinary phrases may be over the limit is measured hand by hand: each set is weighed by what the others
teach, as the next stranger's message will be.
"""

from __future__ import annotations

import json
import math
import random
import sys
import textwrap
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import locales
from flows.flatten import flatten
from flows.safety import WEAK, Evidence, Watch
from flows.weigh import FEWEST, TOGETHER, Scale, Stems, pieces
from tools.examples import KIN, ours, phrases, real, spelt

#: Passes over the phrases, step of the first one and what the next is of it, how strongly weights are drawn to nothing,
#: over all the examples of a pass. A part that few examples have counts for more (``rarity``), in tenths.
PASSES, STEP, SLOWER, DECAY = 30, 0.5, 0.93, 0.15
TENTH = 0.1
#: Texts of so many words and more are learned from as one band; in each dangers and ordinary texts count alike:
#: examples of danger are often long and ordinary ones short, and length is no sign.
BANDS = (0, 6, 10, 14, 18, 22, 28)
#: Lighter parts are left out, in hundredths; the same of pieces of words, of which every word has many.
LIGHTEST, LIGHTEST_PIECE = 9, 6
#: The kind of those among what is weighed.
PIECE = "piece"
#: Of kin's examples so many are drawn for each pass, never more than there are of its own; a part that only kin have is
#: weighed if so many of their phrases have it.
OF_KIN, KIN_TIMES = 0.6, 8
#: Sets of fewer phrases are weighed together.
LEAST = 150
#: Such a share of the ordinary phrases that people told, most of them with alarming words, may be over the limit. The
#: examples are harder than what strangers wrote to measure by: there about half as many are (decision 27). Another
#: share is for languages where the sets of strangers said that this one is wrong.
FALSE = 0.09
FALSE_IN = {
    "lv": 0.06, "en": 0.07, "pl": 0.07, "fr": 0.08, "ti": 0.08, "ckb": 0.08, "es": 0.10, "cy": 0.11,
    "ar": 0.12, "so": 0.12, "uk": 0.12, "fa": 0.18,
}  # fmt: skip
#: So many of the words of the examples are written down with how often they come (``flows/grammar.py``: speed only).
OFTEN = 600


@dataclass(frozen=True)
class Phrase:
    """An example, whether it is a danger, what the lists see in it, and the set it is of, "" for what we wrote."""

    text: str
    danger: bool
    seen: Evidence
    told: str


#: Words of an example, what is weighed of it, and whether it is a danger.
Example = tuple[int, list[tuple[str, str]], bool]


@dataclass(frozen=True)
class Weights:
    """In hundredths: ``words``, ``pieces`` and ``weak`` as in weighed.toml; ``bias`` is added to every total."""

    words: Mapping[str, int]
    pieces: Mapping[str, int]
    weak: Mapping[str, int]
    bias: int

    def total(self, seen: Evidence, stems: Stems) -> int:
        scale = Scale(self.words, 0, stems, self.weak, self.pieces)
        return scale.heaviest(scale.weigh(seen.stems), seen.weak)[0] + self.bias


def learn(known: Sequence[Phrase], stems: Stems, kin: Sequence[Example] = ()) -> Weights:
    """Logistic regression by stochastic steps; what comes in one phrase only is left out.

    A part counts by its ``rarity``, a phrase by one over the root of its words: what is weighed is what a text is made
    of, not how long it is (decision 25).
    """
    told = [(words, parts, one.danger) for one in known for words, parts in _parts(one, stems)]
    told += joined(told)
    shares = shares_of((words, danger) for words, _, danger in told)
    often = Counter(part for _, parts, _ in told for part in set(parts))
    theirs = Counter(part for _, parts, _ in kin for part in set(parts))
    weighed = [part for part, times in often.items() if times + theirs[part] > 1]
    weighed += [part for part, times in theirs.items() if part not in often and times >= KIN_TIMES]
    numbers = {part: number for number, part in enumerate(weighed)}
    rare = [(TENTH * rarity(often[part] + theirs[part], len(told) + len(kin))) ** 2 for part in weighed]
    examples, others = (
        [
            (
                1 / math.sqrt(max(1, words)),
                [numbers[part] for part in parts if part in numbers],
                danger,
                1 / (2 * (shares[_band(words)] if danger else 1 - shares[_band(words)])),
            )
            for words, parts, danger in some
        ]
        for some in (told, kin)
    )
    draw = random.Random(7)
    weights = [0.0] * len(numbers)
    decay = DECAY / max(1, len(examples))
    bias, step, scale = 0.0, STEP, 1.0  # a weight is ``scale`` times what is kept: all are drawn to nothing at once
    for _ in range(PASSES):
        every = examples + draw.sample(others, min(round(len(others) * OF_KIN), len(examples)))
        draw.shuffle(every)
        for root, parts, danger, counts in every:
            total = bias + scale * root * sum([weights[part] for part in parts])
            off = (danger - 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))) * counts
            bias += step * off * 0.1
            scale *= 1 - step * decay
            more = step * off * root / scale
            for part in parts:
                weights[part] += more * rare[part]
        step *= SLOWER
    found: dict[str, dict[str, int]] = {"": {}, PIECE: {}, WEAK: {}}
    for (kind, text), number in sorted(numbers.items()):
        weight = round(weights[number] * scale * 100)
        if abs(weight) >= (LIGHTEST_PIECE if kind == PIECE else LIGHTEST):
            found[kind][text] = weight
    return Weights(words=found[""], pieces=found[PIECE], weak=found[WEAK], bias=round(bias * 100))


def joined(told: Sequence[Example]) -> list[Example]:
    """Ordinary examples put together until each band has as many as it has dangers: long ordinary ones are few."""
    ordinary = [(words, parts) for words, parts, danger in told if words and not danger]
    draw = random.Random(3)
    found: list[Example] = []
    for band, least in enumerate(BANDS):
        missing = sum(1 if danger else -1 for words, _, danger in told if _band(words) == band)
        while ordinary and missing > 0:
            words, parts = 0, list[tuple[str, str]]()
            while words < max(1, least):
                more, its = draw.choice(ordinary)
                words, parts = words + more, parts + its
            if _band(words) == band:
                found.append((words, parts, False))
                missing -= 1
    return found


def shares_of(told: Iterable[tuple[int, bool]]) -> list[float]:
    """The share of dangers among the examples of each band; where it has few of one kind, not their whole weight."""
    counts = Counter((_band(words), danger) for words, danger in told)
    return [
        min(max(counts[band, True] / max(1, counts[band, True] + counts[band, False]), 0.05), 0.95)
        for band in range(len(BANDS))
    ]


def _band(words: int) -> int:
    return bisect(BANDS, words) - 1


def rarity(times: int, of: int) -> float:
    """How much a part counts that so many of the examples have: 1 if all do, and more the fewer."""
    return math.log((1 + of) / (1 + times)) + 1


def _parts(one: Phrase, stems: Stems) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """Words of a phrase and what is weighed of it: ("", word or words), (piece, of a word) and (weak, pattern).
    Long ordinary ones are several examples."""
    words, weak = one.seen.stems, one.seen.weak
    long = len(words) + 1 if one.danger else TOGETHER
    for at in range(0, max(1, len(words) - 5), long):
        fits = [(WEAK, pattern) for pattern, first in weak.items() if at <= first < at + long]
        here = words[at : at + long]
        parts = [("", part) for part in stems.parts(here)]
        small = [(PIECE, one) for word in here for one in pieces(word)]
        yield len(here), [*parts, *small, *fits, *[(WEAK, "")] * len(fits)]


def unseen(known: Sequence[Phrase], stems: Stems, kin: Sequence[Example] = ()) -> list[int]:
    """The total of each phrase, weighed by what the other hands teach."""
    sizes = Counter(one.told for one in known)
    hands = [one.told if sizes[one.told] >= LEAST else "" for one in known]
    totals = [0] * len(known)
    for hand in dict.fromkeys(hands):
        weights = learn([one for one, of in zip(known, hands, strict=True) if of != hand], stems, kin)
        for number, one in enumerate(known):
            if hands[number] == hand:
                totals[number] = weights.total(one.seen, stems)
    return totals


def limit(known: Sequence[Phrase], totals: Sequence[int], share: float) -> int:
    """The total above which a phrase is a sign, so that ``share`` of the ordinary ones that people told are found."""
    told = [(one.seen.decided, total) for one, total in zip(known, totals, strict=True) if one.told and not one.danger]
    left = sorted(total for decided, total in told if not decided)
    return left[max(0, min(len(left) - 1, math.ceil(len(told) * (1 - share)) - 1))]


def of_kin(language: str, lists: Mapping[str, Mapping[str, Any]]) -> list[Example]:
    """The examples of kin languages, spelt in the letters of this one."""
    found: list[Example] = []
    for kin in KIN.get(language, ()):
        watch = Watch({kin: with_real(kin, lists[kin])})
        for text, danger, name in phrases(kin):
            one = Phrase(text, danger, watch.evidence(text, kin), name)
            for words, parts in _parts(one, watch.stems[kin]):
                own = [(kind, "" if kind == WEAK else spelt(part, kin, language)) for kind, part in parts]
                found.append((words, own, danger))
    return found


def report(known: Sequence[Phrase], totals: Sequence[int], over: int) -> str:
    """How good patterns and weights are, each phrase weighed by what it did not teach."""
    lines = [f"{'':24}{'dangers found':>15}{'false alarms':>15}"]
    weighed = [total > over for total in totals]
    decided = [one.seen.decided for one in known]
    for name, which in (
        ("red and amber patterns", decided),
        ("weights alone", weighed),
        ("both", [one or other for one, other in zip(decided, weighed, strict=True)]),
    ):
        shares = []
        for danger in (True, False):
            found = [flag for one, flag in zip(known, which, strict=True) if one.danger is danger]
            shares.append(f"{sum(found) / max(1, len(found)):>14.1%} ")
        lines.append(f"{name:24}{''.join(shares)}")
    return "\n".join(lines)


def doubtful(known: Sequence[Phrase], watch: Watch, language: str) -> Iterator[str]:
    """The amber and weak patterns that find ordinary phrases, the worst first."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in known:
        signs = [sign for sign in one.seen.signs if sign.rule.language == language]
        texts = dict.fromkeys(sign.rule.text for sign in signs if sign.rule.level != "red")
        for text in texts:
            counts = found[text]
            counts[one.danger] += 1
            counts[2] += one.danger and len(one.seen.signs) == 1
    for text, (ordinary, dangers, alone) in sorted(
        found.items(), key=lambda item: (item[1][1] - item[1][0] * 3, item[0])
    ):
        if ordinary:
            yield f"{ordinary:4} ordinary {dangers:4} dangers {alone:3} by it alone  {text}"


def written(language: str, known: Sequence[Phrase], weights: Weights, over: int, answers: Sequence[str] = ()) -> str:
    """The file."""
    often = _often(one.seen.words for one in known)
    if language != locales.SOURCE:  # English is mixed into every language
        for word, share in _often(flatten(text) for text, *_ in phrases(locales.SOURCE)).items():
            often[word] = max(often[word], share)
    lines = [
        f"# Learned by tools/weigh.py from {len(known)} phrases in tests/flows/danger; do not edit by hand.",
        "# A word, a beginning or two words -> how much it speaks for danger, in hundredths. docs/safety.md explains.",
        f"over = {over - weights.bias}",
        *_answers(answers),
        "# Ordinary words, which are not mended to those of danger.toml.",
        'real = """',
        *_lines(real(language)),
        '"""',
        "# Pieces of words, with their weights.",
        'pieces = """',
        *_lines(f"{one}={weight}" for one, weight in weights.pieces.items()),
        '"""',
        "[words]",
        *(f"{_quoted(one)} = {weight}" for one, weight in weights.words.items()),
    ]
    if weights.weak:
        lines += [
            '# Weak patterns, as they are written in danger.toml; "" is added for every one.',
            "[weak]",
            *(f"{_quoted(one)} = {weight}" for one, weight in weights.weak.items()),
        ]
    lines += ["# In so many of ten thousand phrases, English ones among them: for speed only.", "[often]"]
    lines += [f"{_quoted(word)} = {share}" for word, share in often.most_common(OFTEN)]
    return "\n".join(lines) + "\n"


def _answers(answers: Sequence[str]) -> list[str]:
    return (
        [
            "# What we write on buttons that weighs more: no sign as a whole text.",
            f"answers = {json.dumps(answers, ensure_ascii=False)}",
        ]
        if answers
        else []
    )


def _often(texts: Iterable[Sequence[str]]) -> Counter[str]:
    """Word -> in how many of ten thousand texts it is."""
    every = [set(words) for words in texts]
    counts = Counter(word for words in every for word in words)
    return Counter({word: round(count * 10_000 / len(every)) for word, count in counts.items()})


def _lines(words: Iterable[str]) -> list[str]:
    return textwrap.wrap(" ".join(words), 118, break_long_words=False, break_on_hyphens=False)


def _quoted(text: str) -> str:
    return f'"{text}"'


def main(language: str, doubts: bool) -> None:
    lists = locales.danger_lists()
    watch = Watch({**lists, language: with_real(language, lists[language])})
    stems = watch.stems[language]
    told = [*phrases(language), *((text, False, "") for text in ours(language))]
    known = [Phrase(text, danger, watch.evidence(text, language), name) for text, danger, name in told]
    random.Random(5).shuffle(known)
    if doubts:
        sys.stdout.writelines(f"{line}\n" for line in doubtful(known, watch, language))
        return
    kin = of_kin(language, lists)
    totals = unseen(known, stems, kin)
    weights = learn(known, stems, kin)
    over = limit(known, totals, FALSE_IN.get(language, FALSE))
    offered = [one.seen for one in known if not (one.told or one.seen.decided) and len(one.seen.stems) >= FEWEST]
    answers = sorted({" ".join(one.words) for one in offered if weights.total(one, stems) > over})
    (Path(locales.__file__).parent / language / "weighed.toml").write_text(
        written(language, known, weights, over, answers), "utf-8"
    )
    sys.stdout.write(
        f"{language}: {len(known)} phrases, {len(weights.words)} words, {len(weights.weak)} weak patterns\n"
    )
    sys.stdout.write(f"{report(known, totals, over)}\n")


def with_real(language: str, tables: Mapping[str, Any]) -> dict[str, Any]:
    """A danger list that knows the ordinary words of the examples."""
    return {**tables, "weigh": {**tables.get("weigh", {}), "real": " ".join(real(language))}}


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if not one.startswith("-")]
    main(arguments[0] if arguments else locales.SOURCE, "--doubtful" in sys.argv)
