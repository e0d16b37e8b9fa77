"""The worker process: ``python -m workers.run``. The schedule in a thread, RQ in the main one.

Lives on when the queue is down, from the start or later: then only the schedule works, and
letters leave within some seconds instead of at once.
"""

import logging
import signal
import sys
import threading
import time
from types import FrameType

from flask import Flask
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from elevhalsa import config, create_app
from elevhalsa.adapters.queue import QUEUE_NAME, connect
from elevhalsa.config import Settings
from elevhalsa.core.errors import SettingError

from . import beginning, logs, schedule
from .sending import outbox

log = logging.getLogger("workers")

JOBS = frozenset(
    f"workers.jobs.{name}"
    for name in ("send_notices", "send_notice", "flush_outbox", "sweep", "tidy")
)
"""RQ would run any function that somebody with access to the queue can name."""

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 15.0
ENDING_SECONDS = 5.0
"""How long what has begun may go on when the process is asked to end."""


class Consumer(SimpleWorker):
    """RQ's worker that runs jobs in this process, without its remote commands (and so without
    their thread and connection), and that leaves signals to us."""

    max_connection_wait_time = LONGEST_WAIT_SECONDS

    def __init__(self, queue: Queue) -> None:
        super().__init__(
            [queue],
            connection=queue.connection,
            serializer=JSONSerializer,
            worker_ttl=75,
            log_job_description=False,
        )
        self.is_busy = False

    def subscribe(self) -> None:
        pass

    def _install_signal_handlers(self) -> None:
        pass

    def execute_job(self, job: Job, queue: Queue) -> None:
        if job.func_name not in JOBS:
            log.error("a job that is none of ours was dropped")
            job.delete()
            return
        self.is_busy = True
        try:
            super().execute_job(job, queue)
        finally:
            self.is_busy = False

    def stop_after_this(self) -> None:
        self._stop_requested = True


class Worker:
    """One process of work, until it is asked to end."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._consumer: Consumer | None = None

    def run(self) -> None:
        settings: Settings = self._app.config["SETTINGS"]
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) is not signal.SIG_IGN:  # a parent heeds it for us
                signal.signal(number, self._asked_to_stop)
        scheduler = threading.Thread(
            target=schedule.watch,
            args=(self._app, self._stop),
            name="schedule",
            daemon=True,
        )
        scheduler.start()
        try:
            with self._app.app_context():
                if settings.redis_url:
                    self._consume(settings.redis_url)
                self._stop.wait()
        except StopRequested:
            pass
        until = time.monotonic() + ENDING_SECONDS
        with self._app.app_context():
            outbox().end(ENDING_SECONDS)
        scheduler.join(max(0.0, until - time.monotonic()))

    def _consume(self, redis_url: str) -> None:
        wait = FIRST_WAIT_SECONDS
        while not self._stop.is_set():
            try:
                queue = Queue(QUEUE_NAME, connection=connect(redis_url), serializer=JSONSerializer)
                self._consumer = Consumer(queue)
                log.info("queue reached")
                wait = FIRST_WAIT_SECONDS
                self._consumer.work(logging_level="WARNING")
            except (RedisError, OSError) as error:
                if wait == FIRST_WAIT_SECONDS:
                    log.warning("queue not reached (%s), trying again", type(error).__name__)
            self._consumer = None
            self._stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():
            sys.exit(1)  # asked twice: at once
        self._stop.set()
        if self._consumer and self._consumer.is_busy:
            self._consumer.stop_after_this()
        else:
            raise StopRequested  # RQ leaves what it waits in


def main() -> None:
    logs.prepare()
    try:
        app = create_app(config.load().as_worker())
    except SettingError as error:
        raise SystemExit(f"Elevhälsa online startar inte. {error}") from None
    beginning.tell(app)
    Worker(app).run()


if __name__ == "__main__":
    main()
