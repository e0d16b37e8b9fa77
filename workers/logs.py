"""How the processes write their logs. Never what an error said, nor an address that was asked for:
both can hold a person's words."""

import logging

SAY_AGAIN_SECONDS = 600.0


class Seldom(logging.Filter):
    """Lets a message through once in ten minutes, and never what an error said: neither as an error
    nor, as RQ has it, on the lines after the first."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        message = str(record.msg)
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        if record.created - self._said.get(message, 0.0) < SAY_AGAIN_SECONDS:
            return False
        self._said[message] = record.created
        return True


class NoAddress(logging.Filter):
    """Waitress ends some messages with the path that was asked for."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = str(record.msg).partition("/")[0]
        return True


def prepare() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    for says_much_of_a_queue_that_is_gone in ("rq.worker", "flask-limiter"):
        logging.getLogger(says_much_of_a_queue_that_is_gone).addFilter(Seldom())
    waitress = logging.getLogger("waitress")
    waitress.setLevel(logging.WARNING)
    waitress.addFilter(NoAddress())
    waitress.addFilter(Seldom())
    # A request that waits a moment for a thread is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
