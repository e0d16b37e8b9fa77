"""A mail server of the tests' own: real SMTP on 127.0.0.1, which answers as the test decides."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

OK = "250 OK"


@dataclass
class Mailbox:
    """What has been accepted, and what the server says. Every attempt to hand over is counted."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    attempts: int = 0
    answer: str = OK
    receiver_answer: str = OK
    any_letters: bool = False
    """It speaks SMTPUTF8 (RFC 6531)."""
    seconds: float = 0
    """How long it takes over a letter: half of it before it has it, half before it says so."""
    held: threading.Event = field(default_factory=threading.Event)
    """Set when a letter has come that the server does not answer."""
    let_go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.let_go.set()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def hold(self) -> None:
        """Answer no letter until ``release``."""
        self.let_go.clear()

    def release(self) -> None:
        self.let_go.set()

    # What aiosmtpd calls.

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.receiver_answer == OK:
            envelope.rcpt_tos.append(address)
        return self.receiver_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.attempts += 1
        while not self.let_go.is_set():
            self.held.set()
            if server.transport is None or server.transport.is_closing():
                return "421 gone"  # the sender died before it was answered
            await asyncio.sleep(0.02)
        await asyncio.sleep(self.seconds / 2)
        if self.answer == OK:
            content: Any = envelope.content
            self.letters.append(email.message_from_bytes(content, policy=email.policy.default))
            self.receivers += envelope.rcpt_tos
        await asyncio.sleep(self.seconds / 2)
        return self.answer


@contextmanager
def open_mailbox(port: int = 0) -> Iterator[Mailbox]:
    """Serve on this port, or a free one, in a thread of its own that ends with the block.

    The loop never runs in the test's thread: Playwright may have one going there.
    """
    box = Mailbox()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    callers: list[SMTP] = []

    def answer_another() -> SMTP:
        callers.append(SMTP(box, hostname="localhost", loop=loop, enable_SMTPUTF8=box.any_letters))
        return callers[-1]

    async def listen() -> asyncio.Server:
        return await loop.create_server(answer_another, "127.0.0.1", port)

    async def hang_up() -> None:
        """On everybody, and let what was under way come to its end."""
        server.close()
        for caller in callers:
            if caller.transport is not None:
                caller.transport.close()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.sleep(0.01)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        box.release()
        asyncio.run_coroutine_threadsafe(hang_up(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
