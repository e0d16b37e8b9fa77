"""The job queue: RQ with JSON jobs, so that nothing pickled is ever stored or run.

Names of jobs lead to functions in ``workers.jobs``; arguments are ids.
"""

import logging
import time

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

QUEUE_NAME = "elevhalsa"
JOB_SECONDS = 60
KEEP_FAILURES_SECONDS = 24 * 3600
LEAVE_ALONE_SECONDS = 5
"""After a failure the queue is not tried again for a while, so that nobody waits for it."""


def connect(redis_url: str) -> Redis:
    """A client that gives up quickly: a queue that is down must not hold up a knock.

    One retry, at once, because the server may have been restarted since the last call.
    """
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=0.5,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 1),
    )


class RqQueue:
    def __init__(self, redis_url: str) -> None:
        self._queue = Queue(
            QUEUE_NAME,
            connection=connect(redis_url),
            serializer=JSONSerializer,
            default_timeout=JOB_SECONDS,
        )
        self._closed_until = 0.0

    def enqueue(self, job: str, *ids: str) -> bool:
        if time.monotonic() < self._closed_until:
            return False
        try:
            with self._queue.connection.pipeline() as once:  # by itself RQ goes there twice
                self._queue.enqueue(
                    f"workers.jobs.{job}",
                    args=ids,
                    result_ttl=0,
                    failure_ttl=KEEP_FAILURES_SECONDS,
                    pipeline=once,
                )
                once.execute()
        except (RedisError, OSError):
            self._closed_until = time.monotonic() + LEAVE_ALONE_SECONDS
            log.warning("queue not reached; the schedule will find what waits")
            return False
        return True

    def length(self) -> int | None:
        try:
            return self._queue.count
        except (RedisError, OSError):
            return None


class NullQueue:
    """Takes nothing: what waits is found by the schedule, or by a test."""

    def enqueue(self, job: str, *ids: str) -> bool:
        return False

    def length(self) -> int | None:
        return None
