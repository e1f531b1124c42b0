"""Why there is no machine translation, in words for staff: ``locales.machine.NotTranslated.code`` -> what to do."""

from __future__ import annotations

from collections.abc import Mapping

from console.words import N_

WHY: Mapping[str, str] = {
    "slow": N_("The translator takes too long. Try again later, or ask an interpreter."),
    "away": N_("The translator cannot be reached. Try again later, or ask an interpreter."),
    "busy": N_("The translator has too much to do. Try again in a minute, or ask an interpreter."),
    "key": N_("The translator does not accept our key: tell whoever looks after Hearback."),
    "language": N_("The translator does not know this language: ask an interpreter."),
    "strange": N_("The translator gave no usable answer: ask an interpreter."),
}
