"""A mailbox that the app under test sends its letters to."""

from collections.abc import Iterator

import pytest
from flask import Flask

from elevhalsa.adapters.mail import SmtpMailer
from tests.mailbox import Mailbox, open_mailbox


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    with open_mailbox() as box:
        app.extensions["elevhalsa"].mailer = SmtpMailer(
            box.url, "Elevhälsan <svara-inte@exempel.invalid>"
        )
        yield box
