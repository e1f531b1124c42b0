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

import math
import random
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import locales
from flows.flatten import flatten
from flows.safety import WEAK, Evidence, Watch
from flows.weigh import TOGETHER, Scale, Stems, pieces
from tools.examples import KIN, ours, phrases, real, spelt

#: Passes over the phrases, step of the first one and what the next is of it, how strongly weights are drawn to nothing,
#: over all the examples of a pass.
PASSES, STEP, SLOWER, DECAY = 30, 0.1, 0.93, 5
#: Languages with so many examples that whole words alone find more than with their pieces. There it is best to draw
#: only the words of each phrase to nothing, so strongly, and to leave lighter ones out.
WHOLE, DECAY_WHOLE, LIGHTEST_WHOLE = frozenset({"ar", "cy", "en"}), 0.05, 15
#: Lighter parts are left out, in hundredths; the same of pieces of words, of which every word has many.
LIGHTEST, LIGHTEST_PIECE = 3, 2
#: The kind of those among what is weighed.
PIECE = "piece"
#: Of kin's examples so many are drawn for each pass, never more than there are of its own; a part that only kin have is
#: weighed if so many of their phrases have it.
OF_KIN, KIN_TIMES = 0.6, 8
#: Sets of fewer phrases are weighed together; where whole words are weighed, so many parts of all phrases in turn are.
LEAST, FOLDS = 150, 5
#: So many of the dangers are to be found. Of the ordinary phrases that people told, most of them with alarming words,
#: as many as it takes may be found too, between these shares: one in ten is the goal, but where both cannot be met,
#: finding comes first, since a false alarm costs a minute. In these languages the share was chosen by hand.
FOUND, FALSE = 0.9, (0.1, 0.11, 0.12, 0.13, 0.14, 0.15)
FALSE_IN = {"cy": 0.088, "ar": 0.121, "en": 0.126}
#: So many of the words of the examples are written down with how often they come (``flows/grammar.py``: speed only).
OFTEN = 600


@dataclass(frozen=True)
class Phrase:
    """An example, whether it is a danger, what the lists see in it, and the set it is of, "" for what we wrote."""

    text: str
    danger: bool
    seen: Evidence
    told: str


#: What is weighed of an example, and whether it is a danger.
Example = tuple[list[tuple[str, str]], bool]


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


def learn(known: Sequence[Phrase], stems: Stems, whole: bool = False, kin: Sequence[Example] = ()) -> Weights:
    """Logistic regression by stochastic steps; what comes in one phrase only is left out. ``whole``: no pieces."""
    told = [(parts, one.danger) for one in known for parts in _parts(one, stems, whole)]
    often = Counter(part for parts, _ in told for part in set(parts))
    theirs = Counter(part for parts, _ in kin for part in set(parts))
    weighed = [part for part, times in often.items() if times + theirs[part] > 1]
    weighed += [part for part, times in theirs.items() if part not in often and times >= KIN_TIMES]
    numbers = {part: number for number, part in enumerate(weighed)}
    examples, others = (
        [([numbers[part] for part in parts if part in numbers], danger) for parts, danger in some]
        for some in (told, kin)
    )
    share = sum(danger for _, danger in examples) / max(1, len(examples))
    draw = random.Random(7)
    weights = [0.0] * len(numbers)
    decay = 0 if whole else DECAY / max(1, len(examples))
    fades = DECAY_WHOLE if whole else 0
    bias, step, scale = 0.0, STEP, 1.0  # a weight is ``scale`` times what is kept: all are drawn to nothing at once
    for _ in range(PASSES):
        every = examples + draw.sample(others, min(round(len(others) * OF_KIN), len(examples)))
        draw.shuffle(every)
        for parts, danger in every:
            total = bias + scale * sum([weights[part] for part in parts])
            off = (danger - 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))) * (1 - share if danger else share) * 2
            bias += step * off * 0.1
            scale *= 1 - step * decay
            more = step * off / scale
            for part in parts:
                weights[part] = weights[part] * (1 - step * fades) + more
        step *= SLOWER
    found: dict[str, dict[str, int]] = {"": {}, PIECE: {}, WEAK: {}}
    for (kind, text), number in sorted(numbers.items()):
        weight = round(weights[number] * scale * 100)
        if abs(weight) >= (LIGHTEST_PIECE if kind == PIECE else LIGHTEST_WHOLE if whole else LIGHTEST):
            found[kind][text] = weight
    return Weights(words=found[""], pieces=found[PIECE], weak=found[WEAK], bias=round(bias * 100))


def _parts(one: Phrase, stems: Stems, whole: bool) -> Iterator[list[tuple[str, str]]]:
    """What is weighed of a phrase: ("", word or words), (piece, of a word) and (weak, pattern). Long ordinary ones are
    several examples."""
    words, weak = one.seen.stems, one.seen.weak
    long = len(words) + 1 if one.danger else TOGETHER
    for at in range(0, max(1, len(words) - 5), long):
        fits = [(WEAK, pattern) for pattern, first in weak.items() if at <= first < at + long]
        here = words[at : at + long]
        parts = [("", part) for part in stems.parts(here)]
        small = [] if whole else [(PIECE, one) for word in here for one in pieces(word)]
        yield [*parts, *small, *fits, *[(WEAK, "")] * len(fits)]


def unseen(known: Sequence[Phrase], stems: Stems, whole: bool = False, kin: Sequence[Example] = ()) -> list[int]:
    """The total of each phrase, weighed by what the other folds teach."""
    sizes = Counter(one.told for one in known)
    hands = [
        number % FOLDS if whole else one.told if sizes[one.told] >= LEAST else "" for number, one in enumerate(known)
    ]
    totals = [0] * len(known)
    for hand in dict.fromkeys(hands):
        weights = learn([one for one, of in zip(known, hands, strict=True) if of != hand], stems, whole, kin)
        for number, one in enumerate(known):
            if hands[number] == hand:
                totals[number] = weights.total(one.seen, stems)
    return totals


def limit(known: Sequence[Phrase], totals: Sequence[int], share: float) -> int:
    """The total above which a phrase is a sign, so that ``share`` of the ordinary ones that people told are found."""
    told = [(one.seen.decided, total) for one, total in zip(known, totals, strict=True) if one.told and not one.danger]
    left = sorted(total for decided, total in told if not decided)
    return left[max(0, min(len(left) - 1, math.ceil(len(told) * (1 - share)) - 1))]


def chosen(language: str, known: Sequence[Phrase], totals: Sequence[int]) -> int:
    """The limit of a language: with the fewest false alarms with which enough dangers are found."""
    dangers = [(one.seen.decided, total) for one, total in zip(known, totals, strict=True) if one.danger]
    over = 0
    for share in [FALSE_IN[language]] if language in FALSE_IN else FALSE:
        over = limit(known, totals, share)
        if sum(decided or total > over for decided, total in dangers) >= FOUND * len(dangers):
            break
    return over


def of_kin(language: str, lists: Mapping[str, Mapping[str, Any]]) -> list[Example]:
    """The examples of kin languages, spelt in the letters of this one."""
    found: list[Example] = []
    for kin in KIN.get(language, ()):
        watch = Watch({kin: with_real(kin, lists[kin])})
        for text, danger, name in phrases(kin):
            one = Phrase(text, danger, watch.evidence(text, kin), name)
            for parts in _parts(one, watch.stems[kin], False):
                own = [(kind, "" if kind == WEAK else spelt(part, kin, language)) for kind, part in parts]
                found.append((own, danger))
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


def written(language: str, known: Sequence[Phrase], weights: Weights, over: int) -> str:
    """The file."""
    often = _often(one.seen.words for one in known)
    if language != locales.SOURCE:  # English is mixed into every language
        for word, share in _often(flatten(text) for text, *_ in phrases(locales.SOURCE)).items():
            often[word] = max(often[word], share)
    lines = [
        f"# Learned by tools/weigh.py from {len(known)} phrases in tests/flows/danger; do not edit by hand.",
        "# A word, a beginning or two words -> how much it speaks for danger, in hundredths. docs/safety.md explains.",
        f"over = {over - weights.bias}",
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
    stems, whole = watch.stems[language], language in WHOLE
    told = [*phrases(language), *((text, False, "") for text in ours(language))]
    known = [Phrase(text, danger, watch.evidence(text, language), name) for text, danger, name in told]
    random.Random(5).shuffle(known)
    if doubts:
        sys.stdout.writelines(f"{line}\n" for line in doubtful(known, watch, language))
        return
    kin = of_kin(language, lists)
    totals = unseen(known, stems, whole, kin)
    over = chosen(language, known, totals)
    weights = learn(known, stems, whole, kin)
    (Path(locales.__file__).parent / language / "weighed.toml").write_text(
        written(language, known, weights, over), "utf-8"
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
