"""Every text that belongs to Telegram alone; what the conversation says is the flows'."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flows.steps import N_

#: Translators: commands in Telegram's own menu; each is one short line, at most 60 letters.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "start": N_("Start"),
        "help": N_("Help"),
        "urgent": N_("I am not safe"),
        "back": N_("Back"),
        "skip": N_("Skip"),
        "again": N_("Ask the question again"),
        "language": N_("Language"),
        "easy": N_("Easy words and pictures"),
        "later": N_("Save and finish later"),
        "person": N_("Talk to a person"),
        "call": N_("Somebody rings me"),
        "contact": N_("Change how you reach me"),
        "delete": N_("Delete what I wrote"),
        "stop": N_("Stop the messages"),
    }
)

WORDS: Mapping[str, str] = MappingProxyType(
    {
        # Said once, above our first answer
        "first": N_(
            "Telegram, the company, can read what is written here. Its own rule is that people are 16 or older. "
            "If you are younger you are still welcome, and we keep what you say."
        ),
        "first_page": N_("You can also talk to us here: {address}"),
        # Above what a locked screen must not show; the words below it are covered until they are tapped
        "covered": N_("There is a message for you. Tap it to read it."),
        # Under a question
        "many": N_("Tap all that fit, then “{send}”. Or write the numbers, for example: 1 3"),
        "send_chosen": N_("Send what I chose"),
        "back": N_("Back"),
        "skip": N_("Skip"),
        # Small notes that Telegram shows for a moment
        "tick_first": N_("Tap one or more answers first."),
        "old_button": N_("That button belonged to an earlier question."),
        # What cannot be taken
        "too_big": N_(
            "That file is too big for Telegram to hand to us: at most {size} MB. "
            "Please send a shorter recording, one photo, or tell us in words."
        ),
        "empty_file": N_("That file was empty. Please try it again, or choose another one."),
        "bad_type": N_(
            "We cannot open that kind of file. Please send a photo, a video, a recording, a PDF or a text file."
        ),
        "not_fetched": N_("Telegram did not hand us your file. Nothing else is lost. Please send the file again."),
        "not_taken": N_("We cannot take that kind of message. Please write it, or send a photo or your voice."),
        "group": N_(
            "Hello. I cannot talk in a group, because others would read what is said. "
            "Please write to me alone: tap my name, then “Message”. I am leaving this group now."
        ),
        # Above the empty talk, before anybody has written
        "about": N_(
            "Say thank you, tell us what could be better, make a complaint, or ask for someone to help you speak up. "
            "A computer asks the questions, people read the answers. It is not an emergency service. "
            "Telegram, the company, can read what is written here."
        ),
    }
)
