"""Every word of the page itself, in one place, so that the catalogue is complete by construction.

What the conversation says is the flows' (``flows/scripts``); this is the frame around it. Plain and
short: a frightened twelve-year-old reads it, and it is the same for every register.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from casework import faces, privacy
from flows.steps import N_

WORDS: Mapping[str, str] = MappingProxyType(
    {
        # The list of organisations
        "site_title": N_("Tell us what you think"),
        "site_intro": N_("Who would you like to talk to?"),
        "invented": N_("A demonstration: nobody here is real. Please write nothing about a real person."),
        # The first page of an organisation
        "hello": N_("Hello. How are things for you?"),
        "intro": N_(
            "You can say thank you, tell us what could be better, make a complaint, "
            "or ask for someone to help you speak up."
        ),
        "fact_people": N_("A computer asks the questions. People read what you send."),
        "fact_easy": N_("One question at a time. You can skip, go back, or stop."),
        "fact_words": N_("Write as you like. Spelling does not matter. You can send photos or your voice."),
        "language": N_("Language"),
        "start": N_("Start"),
        "danger_title": N_("In danger right now?"),
        "danger": N_("Call {emergency}. This page is not watched day and night."),
        "private_title": N_("Is someone else using this phone or computer?"),
        "private": N_(
            "Your browser may remember that you were here. “Leave now” clears this page and opens a different website. "
            "It cannot clear your browser’s history. A private window does not keep a history."
        ),
        "leave_keys": N_("On a keyboard, press Shift three times to leave."),
        "open_here": N_("A conversation was started on this device."),
        "go_on": N_("Go on"),
        "not_me": N_("That was not me. Start fresh"),
        "all_services": N_("All services"),
        "privacy": privacy.TITLE,
        "people": faces.TITLE,
        # You said, we did
        "said_title": N_("You said, we did"),
        "said_intro": N_("People told us. This is what changed."),
        "said_you": N_("You said"),
        "said_we": N_("We did"),
        "said_none": N_("Nothing is here yet. What you tell us can be the first."),
        "said_tell": N_("Tell us something too"),
        # Around the conversation
        "chat_title": N_("Chat"),
        "skip_link": N_("Go to your answer"),
        "conversation": N_("Conversation"),
        "leave": N_("Leave now"),
        "leaving": N_("Leaving…"),
        "menu": N_("Menu"),
        "we_say": N_("We say:"),
        "you_say": N_("You say:"),
        "back": N_("Back"),
        "skip": N_("Skip"),
        "help": N_("Help"),
        "unsafe": N_("I am not safe"),
        "easy": N_("Easy words and pictures"),
        "easy_off": N_("Easy words off"),
        "person": N_("Talk to a person"),
        "later": N_("Save and finish later"),
        "delete": N_("Delete what I wrote"),
        "bigger": N_("Bigger text"),
        "listen": N_("Listen"),
        "more": N_("Tell me more about this"),
        "new_messages": N_("Look for new messages"),
        # The answer
        "your_answer": N_("Your answer"),
        "answer": N_("Write your answer"),
        "answer_or": N_("Or write in your own words"),
        "choose": N_("Choose one"),
        "choose_many": N_("Choose as many as you like"),
        "send": N_("Send"),
        "send_chosen": N_("Send what I chose"),
        "add_file": N_("Add a photo, video, sound or file"),
        "add_short": N_("Add a file"),
        "camera": N_("Take a photo"),
        "record": N_("Record"),
        "record_stop": N_("Stop recording"),
        "recording": N_("Recording…"),
        "file_note": N_("Up to {size} MB. Please do not send pictures of private parts of the body."),
        "remove": N_("Remove {name}"),
        "sending": N_("Sending…"),
        "sending_part": N_("Sending… {percent}%"),
        "offline": N_("No connection. We keep trying. Your words stay here until they are sent."),
        "online": N_("Connected again."),
        "thinking": N_("Your answer is being saved…"),
        "no_microphone": N_("The microphone did not start. You can write instead, or send a recording."),
        "sent_image": N_("You sent a picture"),
        "sent_audio": N_("You sent a recording"),
        "sent_video": N_("You sent a video"),
        "sent_document": N_("You sent a file"),
        # The receipt
        "receipt": N_("Your receipt number"),
        "receipt_note": N_(
            "Keep it somewhere safe: write it down or take a photo. With it you can come back from any phone."
        ),
        "copy": N_("Copy the number"),
        "copied": N_("Copied"),
        "print": N_("Print"),
        # How is mine going?
        "progress": N_("How is mine going?"),
        "progress_number": N_("Your 16-digit number"),
        "progress_note": N_("Nothing is kept in this browser until you choose something below your answer."),
        "progress_look": N_("Look"),
        "progress_lost": N_("Lost it? Talk to a person: they check that it is you, and find it."),
        "progress_digits": N_("Please write all 16 digits of your number. Spaces do not matter."),
        "progress_again": N_("Look up another number"),
        "progress_chat": N_("The next page is the chat. There you can stop at any time."),
        # Coming back
        "welcome_back": N_("Welcome back"),
        "hidden": N_("We have hidden what was written here before, in case someone else is looking."),
        # When something goes wrong
        "problem": N_("There is a problem"),
        "not_saved": N_("Not saved – please try again"),
        "not_saved_more": N_("Something broke on our side. Your words are still in the box. Please press Send again."),
        "not_saved_start": N_("Something broke on our side. Please press Start again."),
        "not_loaded": N_("This page could not be opened just now. Nothing is lost. Please try again in a moment."),
        "file_lost": N_("Please choose your photo or file again."),
        "empty": N_("Write something, choose an answer or add a photo. Then press Send."),
        "too_long": N_("That is very long. Please send it in two or three parts."),
        "empty_file": N_("That file was empty. Please try it again, or choose another one."),
        "too_big": N_("That file is too big. It may be up to {size} MB. Try a shorter video or one photo."),
        "too_many": N_("That is too many files at once. Please send up to {count} at a time."),
        "bad_type": N_(
            "We cannot open that kind of file. Please send a photo, a video, a recording, a PDF or a text file."
        ),
        "refused": N_("That did not come from this page"),
        "refused_more": N_("To keep you safe we did not take it. Please go back to the page and try again."),
        "missing": N_("There is nothing here"),
        "missing_more": N_("The address may be wrong, or the conversation has ended."),
        "your_words": N_("Your words. You can copy them."),
        "to_start": N_("Go to the start"),
        "try_again": N_("Try again"),
    }
)


def speaker(translate: Callable[[str, str], str], language: str) -> Callable[..., str]:
    """A function that says one of WORDS in a language: ``say("file_note", size=25)``.

    ``translate(language, msgid)`` gives the catalogue's text. An unknown key is a KeyError.
    """

    def say(key: str, **places: object) -> str:
        text = translate(language, WORDS[key])
        for place, value in places.items():
            text = text.replace("{" + place + "}", str(value))
        return text

    return say
