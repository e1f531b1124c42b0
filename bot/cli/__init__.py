"""The commands, one module each; ``bot/__main__.py`` only names them."""

from __future__ import annotations


class Trouble(Exception):
    """A command cannot do what was asked; the text is a sentence that says why and what to do."""
