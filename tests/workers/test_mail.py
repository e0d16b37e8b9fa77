"""The mail adapter against a real SMTP server, and against none."""

import socket
import threading
from collections.abc import Iterator

import pytest

from elevhalsa.adapters.mail import SmtpMailer
from elevhalsa.core.ports import DeliveryFailed
from tests.mailbox import Mailbox, open_mailbox


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


def send(url: str, to: str = "person@exempel.invalid", timeout: float = 2) -> None:
    SmtpMailer(url, "Elevhälsan <fran@exempel.invalid>", timeout=timeout).send(
        to=to,
        subject="Någon har knackat på",
        text="Åäö\n",
        message_id="<abc@localhost>",
    )


def failure(url: str, to: str = "person@exempel.invalid", timeout: float = 2) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as raised:
        send(url, to, timeout)
    assert "exempel" not in str(raised.value)
    return raised.value


def test_a_letter_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    send(mailbox.url)
    (letter,) = mailbox.letters
    assert letter["From"] == "Elevhälsan <fran@exempel.invalid>"
    assert letter["To"] == "person@exempel.invalid"
    assert letter["Subject"] == "Någon har knackat på"
    assert letter["Message-ID"] == "<abc@localhost>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"]
    assert letter.get_content().splitlines() == ["Åäö"]


def test_an_answering_machine_is_told_not_to_answer(mailbox: Mailbox) -> None:
    send(mailbox.url)
    assert mailbox.letters[0]["X-Auto-Response-Suppress"] == "All"


def test_an_address_of_a_domain_with_other_letters_is_reached_through_any_server(
    mailbox: Mailbox,
) -> None:
    send(mailbox.url, "elev@räksmörgås.se")
    assert mailbox.receivers == ["elev@xn--rksmrgs-5wao1o.se"]
    assert mailbox.letters[0]["To"] == "elev@xn--rksmrgs-5wao1o.se"


def test_other_letters_before_the_at_go_only_where_the_server_takes_them(mailbox: Mailbox) -> None:
    refused = failure(mailbox.url, "åsa@exempel.invalid")
    assert (refused.reason, refused.permanent) == ("smtp without smtputf8", True)
    assert mailbox.attempts == 0
    mailbox.any_letters = True
    send(mailbox.url, "åsa@exempel.invalid")
    assert mailbox.receivers == ["åsa@exempel.invalid"]


def test_a_password_is_not_said_to_a_server_without_encryption(
    mailbox: Mailbox,
) -> None:
    refused = failure(mailbox.url.replace("//", "//user:p%40ss@"))
    assert refused.reason == "smtp without tls"
    assert not refused.permanent
    assert mailbox.attempts == 0


@pytest.mark.parametrize(("answer", "permanent"), [("451 later", False), ("554 never", True)])
def test_an_answer_about_the_letter_decides_whether_to_try_again(
    mailbox: Mailbox, answer: str, permanent: bool
) -> None:
    mailbox.answer = answer
    refused = failure(mailbox.url)
    assert refused.permanent is permanent
    assert refused.reason == f"smtp {answer[:3]}"


@pytest.mark.parametrize(("answer", "permanent"), [("450 busy", False), ("550 unknown", True)])
def test_an_answer_about_the_receiver_decides_too(
    mailbox: Mailbox, answer: str, permanent: bool
) -> None:
    mailbox.receiver_answer = answer
    assert failure(mailbox.url).permanent is permanent


def test_a_server_that_is_down_is_tried_again(mailbox: Mailbox) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    refused = failure(f"smtp://127.0.0.1:{port}")
    assert refused.reason == "ConnectionRefusedError"
    assert not refused.permanent


def test_a_server_that_says_nothing_is_left_when_the_time_is_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        refused = failure(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
    assert not refused.permanent


def test_an_address_that_cannot_stand_in_a_letter_is_given_up(mailbox: Mailbox) -> None:
    refused = failure(mailbox.url, to="a@exempel.invalid\nBcc: b@exempel.invalid")
    assert refused.permanent
    assert mailbox.attempts == 0


def test_a_letter_that_was_accepted_counts_although_the_server_then_hangs_up() -> None:
    """Else it would be sent again."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listening.accept()
        with connection, connection.makefile("rb") as said:
            connection.sendall(b"220 hello\r\n")
            for line in said:
                if line.upper().startswith(b"DATA"):
                    connection.sendall(b"354 go on\r\n")
                    while said.readline() != b".\r\n":
                        pass
                    connection.sendall(b"250 accepted\r\n")
                    return
                connection.sendall(b"250 ok\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listening:
        send(f"smtp://127.0.0.1:{listening.getsockname()[1]}")
        thread.join(5)
