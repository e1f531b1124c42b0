"""Harmless phrases: what they must not hide."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import locales
from bot.danger import watch
from flows.flatten import flatten
from flows.safety import Watch
from tools.examples import phrases
from tools.harmless import silenced

WATCH = watch()
LISTS = locales.danger_lists()
#: A word this common is no other word's spelling.
EVERYDAY = 100
#: A word of a pattern, or the beginning of one.
WORD = re.compile(r"[^\s()|&.?!{}\[\]]+")
#: Looked at: another spelling of the same word, or everyday only without what stands beside it in the phrase.
LOOKED_AT = {
    "en": {"too", "bee"},
    "cy": {"â", "â'm"},
    "ar": {"آن"},
    "es": {"perro"},
    "it": {"dell", "sonno"},
    "el": {"λεει"},
    "ps": {"وایئ"},
    "ur": {"گئی", "kee"},
    "hi": {"PE", "kee", "नहीँ", "मेँ"},
    "ta": {"அம்மம்மா"},
    "pa": {"dee", "nee"},
    "vi": {"dứng", "đâu", "chỗ"},
}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "mon mari m'a frappée"),
        ("fr", "ma mère m'a donné des coups"),
        ("sq", "babai ma perplasi kokën në mur"),
        ("es", "mi padre me pega con el cinturón"),
        ("it", "mio padre mi ha chiuso fuori casa al freddo"),
        ("ne", "म हरेक रात ब्लेडले तिघ्रा काट्छु"),
        ("it", "stanotte dormo in macchina con due bimbi piccoli"),
        ("vi", "bố đập đầu mẹ vào tường"),
        ("tr", "15 yaşındaki kızım iki gecedir kayıp, telefonu kapalı"),
    ],
)
def test_plain_dangers_that_a_harmless_phrase_once_hid(language: str, text: str) -> None:
    assert WATCH.signs(text, language).level, text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "she held my hand at the dentist"),
        ("en", "i owe them a thank you"),
        ("en", "they taught us how to stop bleeding"),
        ("cy", "parti pen-blwydd cyfrinach i mam"),
        ("cy", "mae colur panda ar fy llygaid"),
        ("fr", "elle frappe toujours à la porte avant d'entrer"),
        ("fr", "on frappe pas à ma porte ici c'est relou"),
        ("fr", "j'ai dormi dans le bus du retour"),
        ("fr", "je me suis cogné le genou au foot"),
        ("es", "me dormí en el autobús de vuelta"),
        ("es", "mi perro se murió hace tres años"),
        ("es", "fue un golpe de suerte"),
        ("it", "ho dormito in treno al ritorno"),
        ("it", "il mio telefono è morto"),
        ("hu", "a nővérem esküvője nyáron lesz"),
        ("el", "ο γάμος της ξαδέρφης μου είναι τον Ιούνιο"),
        ("tr", "telefonum kayboldu"),
        ("vi", "mất chìa khóa rồi"),
        ("vi", "con chó nhà em chết năm ngoái"),
        ("ne", "मेरो कपाल काट्नु छ"),
        ("fa", "گوشیم شارژش تموم شد"),
        ("zh_Hant", "請打電話俾我"),
        ("sw", "nimepiga simu mara tatu"),
    ],
)
def test_narrower_harmless_phrases_still_clear_what_they_were_for(language: str, text: str) -> None:
    assert not WATCH.signs(text, language).level


def test_what_hides_a_danger_is_named() -> None:
    lists = {"en": {"harmless": ["(sun|dad) hits me"], "signs": {"physical_abuse": {"red": ["hits me"]}}}}
    examples = [("the sun hits me in the eyes", False), ("dad hits me", True), ("he hits me", True)]
    ((phrase, what),) = silenced(Watch(lists), "en", examples)
    assert (phrase.text, what.hidden, what.cleared, what.example) == ("(sun|dad) hits me", 1, 1, "dad hits me")


@pytest.mark.parametrize("language", [code for code in LISTS if not code.startswith("zh")])
def test_no_word_of_a_harmless_phrase_reads_as_an_everyday_one(language: str) -> None:
    """Words are read without accents and doubled letters: the sport "mma" was French "ma", and hid who hit me."""
    written = Counter(raw for text, _, _ in phrases(language) for raw in re.findall(r"[^\s\d.,!?:()]+", text.lower()))
    read = Counter[tuple[str, ...]]()
    for raw, times in written.items():
        read[tuple(flatten(raw))] += times
    words = {word for phrase in LISTS[language].get("harmless", ()) for word in WORD.findall(phrase)}
    alike = {
        word
        for word in words
        if not word.endswith("*")
        and len(flat := tuple(flatten(word))) == 1
        and flat[0] != word
        and read[flat] >= EVERYDAY
        and 4 * written[word.lower()] < read[flat]
    }
    assert alike <= LOOKED_AT.get(language, set())
