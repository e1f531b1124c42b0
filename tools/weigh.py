"""Learns the weights of a language from the example phrases in tests/flows/danger: ``python -m tools.weigh en``.

What comes out, ``locales/<language>/weighed.toml``, is a list anybody can read: a word, the beginning of a word
(``begi*``), two words next to each other or a weak pattern, and how much it speaks for danger (above 0) or for an
ordinary day (below), in hundredths. ``flows/weigh.py`` adds them up. Logistic regression, in plain Python, the same
every time it is run; how good it is, is measured on phrases it did not learn from.

``python -m tools.weigh en --doubtful`` lists the amber patterns that find ordinary phrases: narrow them, or mark them.

Sets named ``<language>_check.toml`` are never read: they are kept to measure by.
"""

from __future__ import annotations

import math
import random
import sys
import textwrap
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import locales
from flows.aside import ASIDES
from flows.flatten import flatten
from flows.safety import WEAK, Evidence, Watch
from flows.scripts import FLOWS, board
from flows.steps import options_of
from flows.weigh import TOGETHER, Scale, Stems, pieces

SETS = Path(__file__).parents[1] / "tests" / "flows" / "danger"
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
#: So many parts of the phrases are left out in turn and weighed by what the others teach.
FOLDS = 5
#: Of the ordinary phrases that people told and no pattern decides, so many may be over the limit: fewer or more where
#: the sets kept to measure by, before they were learned from, showed that others' phrases fare worse or better.
FALSE = 0.1
FALSE_IN = {
    **dict.fromkeys(("el", "lv", "ru", "so", "sw", "ti", "tr", "ur"), 0.07),
    **{"cy": 0.08, "ar": 0.095, "en": 0.11},
    **dict.fromkeys(("bn", "ckb", "cs", "fa", "fa_AF", "fr", "hu", "pa", "ps", "ta", "uk", "vi"), 0.13),
}
#: So many of the words of the examples are written down with how often they come (``flows/grammar.py``: speed only).
OFTEN = 600


@dataclass(frozen=True)
class Phrase:
    """An example, whether it is a danger, what the lists see in it, and whether a person told it (not a button)."""

    text: str
    danger: bool
    seen: Evidence
    told: bool = True


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


def phrases(language: str) -> Iterator[tuple[str, bool]]:
    """(phrase, whether it is a danger) of every set of the language; never of one that is kept to measure by."""
    for path in sorted(SETS.glob("*.toml")):
        if path.stem.endswith("_check"):
            continue
        tables = tomllib.loads(path.read_text("utf-8"))
        if path.stem == language:
            for level in ("red", "amber"):
                yield from ((text, True) for texts in tables[level].values() for text in texts)
            yield from ((text, False) for text in tables["near"]["all"])
        own = tables if is_of(path.stem, language) else tables.get(language, {})
        for part in [own, *(part for part in own.values() if isinstance(part, dict))]:
            for name, danger in (("sign", True), ("grave", True), ("none", False), ("ordinary", False)):
                texts = part.get(name, ())
                if isinstance(texts, dict):
                    texts = [text for some in texts.values() for text in some]
                yield from ((text, danger) for text in texts)


def is_of(name: str, language: str) -> bool:
    """Whether a set of this name is the language's: ``fa_AF_learn`` is Dari's, not Persian's."""
    codes = [code for code in locales.KNOWN if name == code or name.startswith(f"{code}_")]
    return language == max(codes, key=len, default="")


def ours(language: str) -> Iterator[tuple[str, bool]]:
    """What we write on buttons and take for an answer or a command: none of it is a danger, however it is learned."""
    steps = [*(step for flow in FLOWS.values() for step in flow.steps), *ASIDES.values()]
    translate, words = locales.translator(language), locales.words(language)
    labels = {
        translate(*option.label.pick(register, easy), option.label.plain)
        for step in steps
        for option in options_of(step)
        if option.value not in board.ALARMING
        for register in ("", "child", "young")
        for easy in (False, True)
    }
    said = {one for command, phrases in words.anytime.items() if command != "urgent" for one in phrases}
    for text in sorted(labels | said | {*words.yes, *words.no, *words.done, *words.unsure}):
        yield text, False


def real(language: str) -> list[str]:
    """Words that are no slip of the finger from one of the list's: ordinary phrases have them, dangers seldom."""
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for text, danger in phrases(language):
        counts[danger].update({word for word in flatten(text) if not word.isdigit()})
    return sorted(word for word, ordinary in counts[False].items() if ordinary >= counts[True][word])


def learn(known: Sequence[Phrase], stems: Stems, whole: bool = False) -> Weights:
    """Logistic regression by stochastic steps; what comes in one phrase only is left out. ``whole``: no pieces."""
    told = [(parts, one.danger) for one in known for parts in _parts(one, stems, whole)]
    often = Counter(part for parts, _ in told for part in set(parts))
    numbers = {part: number for number, part in enumerate(part for part, times in often.items() if times > 1)}
    examples = [([numbers[part] for part in parts if part in numbers], danger) for parts, danger in told]
    share = sum(danger for _, danger in examples) / max(1, len(examples))
    draw = random.Random(7)
    weights = [0.0] * len(numbers)
    decay = 0 if whole else DECAY / max(1, len(examples))
    fades = DECAY_WHOLE if whole else 0
    bias, step, scale = 0.0, STEP, 1.0  # a weight is ``scale`` times what is kept: all are drawn to nothing at once
    for _ in range(PASSES):
        draw.shuffle(examples)
        for parts, danger in examples:
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


def unseen(known: Sequence[Phrase], stems: Stems, whole: bool = False) -> list[int]:
    """The total of each phrase, weighed by what the other folds teach."""
    totals = [0] * len(known)
    for fold in range(FOLDS):
        weights = learn([one for number, one in enumerate(known) if number % FOLDS != fold], stems, whole)
        for number in range(fold, len(known), FOLDS):
            totals[number] = weights.total(known[number].seen, stems)
    return totals


def limit(known: Sequence[Phrase], totals: Sequence[int], share: float) -> int:
    """The total above which a phrase that no pattern decides is a sign: for ``share`` of those that people told."""
    left = [
        total for one, total in zip(known, totals, strict=True) if one.told and not one.danger and not one.seen.decided
    ]
    return sorted(left)[int(len(left) * (1 - share))]


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
        for word, share in _often(flatten(text) for text, _ in phrases(locales.SOURCE)).items():
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
    lists = {code: dict(tables) for code, tables in locales.danger_lists().items()}
    lists[language]["weigh"] = {**lists[language].get("weigh", {}), "real": " ".join(real(language))}
    watch = Watch(lists)
    stems = watch.stems[language]
    known = [
        Phrase(text, danger, watch.evidence(text, language), told)
        for examples, told in ((phrases(language), True), (ours(language), False))
        for text, danger in examples
    ]
    random.Random(5).shuffle(known)
    if doubts:
        sys.stdout.writelines(f"{line}\n" for line in doubtful(known, watch, language))
        return
    totals = unseen(known, stems, language in WHOLE)
    over = limit(known, totals, FALSE_IN.get(language, FALSE))
    weights = learn(known, stems, language in WHOLE)
    (Path(locales.__file__).parent / language / "weighed.toml").write_text(
        written(language, known, weights, over), "utf-8"
    )
    sys.stdout.write(
        f"{language}: {len(known)} phrases, {len(weights.words)} words, {len(weights.weak)} weak patterns\n"
    )
    sys.stdout.write(f"{report(known, totals, over)}\n")


if __name__ == "__main__":
    arguments = [one for one in sys.argv[1:] if not one.startswith("-")]
    main(arguments[0] if arguments else locales.SOURCE, "--doubtful" in sys.argv)
