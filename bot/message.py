"""What every channel shares besides the store's post: how a send fails."""

from __future__ import annotations

from storage.windows import Wait


class SendError(Exception):
    """A message could not be sent.

    reason     in words, without anything of the message
    code       the provider's code, or ours: "timeout", "network", "nonsense"; kept with the message, shown to staff
    retryable  whether the same may work later; ``after`` that many seconds (None: the outbox decides)
    pause      nothing else may be sent on this endpoint before ``after`` either
    stopped    the person asked for no more messages: what waits for them is given up too
    waits      not before the person writes again, and what was done about it; None for any other failure
    """

    def __init__(
        self,
        reason: str,
        *,
        retryable: bool,
        after: float | None = None,
        code: str = "",
        pause: bool = False,
        stopped: bool = False,
        waits: Wait | None = None,
    ) -> None:
        super().__init__(reason)
        self.retryable = retryable
        self.after = after
        self.code = code
        self.pause = pause
        self.stopped = stopped
        self.waits = waits
