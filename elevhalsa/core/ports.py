"""What the domain asks of the outside world. Adapters implement these; the factory chooses."""

from typing import Protocol


class Mailer(Protocol):
    """Sends one e-mail.

    Raises DeliveryFailed; ``permanent`` is True when trying again cannot help.
    """

    def send(self, *, to: str, subject: str, text: str, message_id: str) -> None: ...


class JobQueue(Protocol):
    """Wakes a worker. Only speed: a call that is lost is made good by the schedule.

    Arguments are ids only, never a text, address or code.
    """

    def enqueue(self, job: str, *ids: str) -> bool:
        """True when the queue took the job, False when it could not be reached."""
        ...

    def length(self) -> int | None:
        """How many jobs wait; None when the queue cannot be reached."""
        ...


class DeliveryFailed(Exception):
    """A message did not leave. The text holds no address and no content."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
