"""What every channel shares besides the store's post: how a send fails."""

from __future__ import annotations


class SendError(Exception):
    """A message could not be sent. ``retryable`` after ``after`` seconds (None: the outbox decides)."""

    def __init__(self, reason: str, *, retryable: bool, after: float | None = None) -> None:
        super().__init__(reason)
        self.retryable = retryable
        self.after = after
