"""Which language is this text? Script first, then letters, words and marks; in doubt the person is asked.

A wrong guess is worse than a question, so names, numbers, single words and close calls are asked about, and what we
guess is confirmed in that language. Every language of ``languages.toml`` is recognised, offered or not, so that nobody
is taken for somebody else; ``spoken`` is the guess that a talk may go on in. docs/languages.md has the figures.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from locales import KNOWN, SOURCE, Language, offered
from locales.identify_model import ROMAN, SHARED, STRANGE, WRITTEN, Model, samples, tokens

#: Longer texts are judged by their beginning.
_LONG = 600
#: Fewer words than this tell nothing certain: in Latin letters; and in a script that fewer languages share, or of words
#: that are not borrowed.
_FEW = {"Latn": 3}
_FEWEST = 2
#: So many candidates at most, and none that is less likely than the best by more than this (log).
_OFFER, _FAR = 6, 25.0
#: When a guess is safe, in each script: at least this share of its words known, then so far ahead of the next language,
#: and so good a fit (both log; the fit per letter). Found on our learning messages, each judged without itself.
_SAFE = {
    "Latn": ((0.3, 3.5, -2.9), (0.1, 6.0, -2.6), (0.0, 9.0, -2.4), (0.0, 14.0, -2.7), (0.0, 20.0, -3.1)),
    "Cyrl": ((0.15, 4.0, -3.1), (0.0, 10.0, -2.9)),
    "Arab": ((0.2, 4.0, -3.4), (0.0, 12.0, -3.6)),
    "Deva": ((0.2, 8.0, -3.6), (0.0, 15.0, -3.0)),
    "Ethi": ((0.0, 8.0, -9.0),),
}
#: Languages that differ in few words: how far apart they have to be instead.
_CLOSE = {
    frozenset(("fa", "fa_AF")): 10.0,
    frozenset(("hi", "ur")): 10.0,
    frozenset(("hi", "pa")): 8.0,
    frozenset(("cs", "sk")): 5.0,
}
#: More is written to us in English than in any other language, and less in those we do not have (log).
_ENGLISH, _STRANGER = 3.0, -3.0
#: Those of them that only words on our lists can tell apart.
_TOLD = frozenset(("fa", "fa_AF"))
#: Letters that show a language we do not have.
_FOREIGN = re.compile("[ɛɔŋɓɗƙɣʋħġċəßåæøðþқңғөүұһҳўљњћђџјѓќѕৰৱڭٻڄळ]|आहे|माझ|і.*ы|ы.*і")
#: English words that people put into any language; they tell nothing while there are other words.
_BORROWED = frozenset(
    "social worker workers support phone call meeting school class office report review house home teacher email mail "
    "text message mobile number online internet facebook whatsapp form laptop computer bus taxi police court manager "
    "team club youth carer foster care family staff case plan contact problem hello hi ok okay please plz pls sorry "
    "thanks thank bye time सोशल वर्कर फोन सोशियल सोसल سوشل ورکر فون".split()
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text's language may be.

    language    code of the language to confirm with the person, None when it has to be asked
    candidates  codes worth offering first, likeliest first
    why         how it was decided: name, script, letters, words; or why not: nothing, short, strange, unsure
    """

    language: str | None
    candidates: tuple[str, ...]
    why: str


_LOADING = threading.Lock()
_MODELS: dict[str, Model] = {}


def load() -> None:
    """Reads the tables of every shared script, under a second; harmless when done twice."""
    with _LOADING:
        for script in SHARED:
            if script not in _MODELS:
                _MODELS[script] = Model(script, samples())


def warm() -> threading.Thread:
    """Reads the tables in the background, so that nobody waits for it; returns the thread."""
    thread = threading.Thread(target=load, name="identify", daemon=True)
    thread.start()
    return thread


def identify(text: str) -> Guess:
    """The language of a text, among all we know. Never raises; any text at all may be given."""
    cleaned = _clean(text)
    if named := _names().get(_bare(cleaned)):
        return Guess(named, (named,), "name")
    script, sure = _script(cleaned)
    if script == "Hani":
        return _chinese(cleaned)
    if len(WRITTEN.get(script, ())) == 1:
        (code,) = WRITTEN[script]
        strange = not sure or bool(_FOREIGN.search(cleaned))
        return Guess(None, (code,), "strange") if strange else Guess(code, (code,), "script")
    if script not in SHARED:
        return Guess(None, (), "strange" if script else "nothing")
    if script not in _MODELS:
        load()
    return judge(_MODELS[script], script, cleaned, sure)


def spoken(text: str) -> str:
    """The language to speak with whoever wrote this, "" when it has to be asked or is not offered."""
    guess = identify(text).language
    return guess if guess and any(entry.code == guess for entry in offered()) else ""


def judge(model: Model, script: str, text: str, sure: bool = True) -> Guess:
    """The language of a text in a script that several share."""
    every = tokens(text)
    words = [word for word in every if word not in _BORROWED]
    scores = {label: found + _expected(label) for label, found in model.score(words).items()}
    ranked = sorted(scores, key=lambda label: -scores[label])
    best = ranked[0]
    candidates = tuple(
        dict.fromkeys(
            _code(label) for label in ranked if label[0] != STRANGE and scores[label] > scores[best] - _FAR
        )
    )[:_OFFER]  # fmt: skip
    if len(every) < _FEW.get(script, _FEWEST) or len(words) < _FEWEST:
        only = script != "Latn" and model.only(words)
        return Guess(only, (only,), "words") if only else Guess(None, candidates, "short")
    if best[0] == STRANGE or not sure or _FOREIGN.search(text.casefold()):
        return Guess(None, candidates, "strange")
    code = _code(best)
    rival = next(label for label in ranked if _code(label) != code)
    ahead = scores[best] - scores[rival]
    fit = model.fit(words, best)
    share = model.listed(words, best)
    least = _CLOSE.get(frozenset((code, _code(rival))), 0.0)
    agreed = model.told(words, best, rival) >= (1 if {code, rival} == _TOLD else 0)
    safe = agreed and any(
        share >= known and ahead >= max(least, gap) and fit >= worst for known, gap, worst in _SAFE[script]
    )
    return Guess(code, candidates, "words") if safe else Guess(None, candidates, "unsure")


def _expected(label: str) -> float:
    return _ENGLISH if label == SOURCE else _STRANGER if label[0] == STRANGE else 0.0


def _code(label: str) -> str:
    return label.removesuffix(ROMAN)


def _chinese(text: str) -> Guess:
    """By characters that only one of the two standards has; a text without any fits both."""
    simple = sum(_codable(char, "gb2312") and not _codable(char, "big5hkscs") for char in text if "一" <= char <= "鿿")
    full = sum(_codable(char, "big5hkscs") and not _codable(char, "gb2312") for char in text if "一" <= char <= "鿿")
    ranked = ("zh_Hans", "zh_Hant") if simple >= full else ("zh_Hant", "zh_Hans")
    if max(simple, full) > 2 * min(simple, full):
        return Guess(ranked[0], ranked, "letters")
    return Guess(None, ranked, "unsure")


@lru_cache(maxsize=16384)
def _codable(char: str, standard: str) -> bool:
    try:
        return bool(char.encode(standard))
    except UnicodeEncodeError:
        return False


# Names and wishes -------------------------------------------------------------------------------


def nearest(accept_language: str) -> str:
    """The offered language that an Accept-Language header (or a single code, as Telegram gives it) likes best.

    English when it likes none of them; a malformed header is as good as none.
    """
    codes = {_tag(entry.code): entry.code for entry in offered()}
    wishes: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept_language[:500].split(",")):
        tag, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            wishes.append((-weight, position, _tag(tag.strip())))
    for _, _, tag in sorted(wishes):
        while tag:
            if code := codes.get(_MEANT.get(tag, tag)):
                return code
            tag = tag.rpartition("-")[0]
    return SOURCE


#: Language tags that mean one of our languages by another name.
_MEANT = {
    "zh": "zh-hans", "zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant", "yue": "zh-hant", "cmn": "zh-hans",
    "prs": "fa-af", "kmr": "ku", "ku-arab": "ckb", "ku-iq": "ckb", "mo": "ro",
}  # fmt: skip


def _tag(code: str) -> str:
    return code.replace("_", "-").casefold()


def _bare(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .!?،؟")


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    return {_bare(name): entry.code for entry in KNOWN.values() for name in _called(entry)}


def _called(entry: Language) -> Sequence[str]:
    return (entry.name, entry.english, *entry.also)


# Scripts ----------------------------------------------------------------------------------------


def _clean(text: str) -> str:
    """Without control, unassigned and private characters, links and addresses; cut to length."""
    kept = "".join(" " if unicodedata.category(char) in _UNREADABLE else char for char in text[:_LONG])
    return " ".join(re.sub(r"https?://\S+|\S+@\S+", " ", kept).split())


_UNREADABLE = frozenset(("Cc", "Cs", "Cn", "Co"))


def _script(text: str) -> tuple[str, bool]:
    """The ISO code of the script a text is in, "" when there are no letters; and whether that is certain.

    Writers of other scripts put English words in Latin letters between theirs: the usual ones are not counted beside
    other words, and the rest counts half.
    """
    words = text.casefold().split()
    own = [word for word in words if word.strip(".,!?") not in _BORROWED] or words
    counts = Counter(_script_of(char) for word in own for char in word if char.isalpha())
    counts.pop("", None)
    if len(counts) > 1 and "Latn" in counts:
        counts["Latn"] = (counts["Latn"] + 1) // 2
    if not counts or counts["Jpan"]:
        return ("Jpan" if counts else ""), True
    (script, most), *others = counts.most_common(2)
    return script, not others or most >= 2 * others[0][1]


@lru_cache(maxsize=8192)
def _script_of(char: str) -> str:
    name = unicodedata.name(char, "").split(" ", 1)[0]
    return _SCRIPTS.get(name, "?" if name else "")


_SCRIPTS = {
    "LATIN": "Latn", "ARABIC": "Arab", "CYRILLIC": "Cyrl", "GREEK": "Grek", "DEVANAGARI": "Deva", "BENGALI": "Beng",
    "GURMUKHI": "Guru", "GUJARATI": "Gujr", "TAMIL": "Taml", "ETHIOPIC": "Ethi", "CJK": "Hani",
    "HIRAGANA": "Jpan", "KATAKANA": "Jpan", "MODIFIER": "", "FEMININE": "", "MASCULINE": "", "MICRO": "",
}  # fmt: skip
