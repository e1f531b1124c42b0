"""Harmless phrases that silence dangers: of each how many examples it clears, and how many dangers it hides.

    python -m tools.harmless fr

A harmless phrase is looked past before anything is looked for, so one that is too wide hides what nobody would call
harmless ("my father hits me" behind "the sun hits me"). It is printed where it hides more dangers of the examples than
it clears ordinary ones, with a danger that it hides; narrow it, or take it out.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import locales
from flows.rules import Rule
from flows.safety import Watch
from tools.examples import phrases


@dataclass
class Silenced:
    """What a harmless phrase alone keeps from being a sign: ordinary examples, dangers, and one of these."""

    cleared: int = 0
    hidden: int = 0
    example: str = ""


def silenced(watch: Watch, language: str, examples: Iterable[tuple[str, bool]]) -> list[tuple[Rule, Silenced]]:
    """Every harmless phrase of a language by which an example is no sign; what hides most first.

    ``examples``: (text, whether it is a danger).
    """
    found: dict[Rule, Silenced] = defaultdict(Silenced)
    for text, danger in examples:
        look = watch.look(text, language)
        if look.fits():
            continue
        for rule in (rule for rule in look.past() if rule.language == language):
            again = watch.look(text, language)
            again.leave_out(rule)
            if again.fits():
                found[rule].hidden += danger
                found[rule].cleared += not danger
                found[rule].example = text if danger else found[rule].example
    return sorted(found.items(), key=lambda one: -one[1].hidden)


def main(language: str) -> None:
    examples = ((text, danger) for text, danger, _ in phrases(language))
    for rule, what in silenced(Watch(locales.danger_lists()), language, examples):
        if what.hidden > what.cleared:
            sys.stdout.write(f"hides {what.hidden}, clears {what.cleared}: {rule.text}\n    {what.example}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
