"""A push to one browser. It is never sent twice: see ``outbox.AT_MOST_ONCE``.

What saves the pupil when one is lost is the message that goes out instead (``instead``).
"""

import logging
from dataclasses import dataclass
from random import SystemRandom

from elevhalsa.core import clock
from elevhalsa.core.crypto import keyring
from elevhalsa.core.i18n import _
from elevhalsa.core.ports import Addresses, DeliveryFailed, Outside, PushAnswer, PushMessage
from elevhalsa.core.vapid import to_base64url
from elevhalsa.domain.notices import kinds, outbox, schedule
from elevhalsa.domain.notices import rules as notice_rules
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.kinds import Push
from elevhalsa.domain.notices.models import Channel, Notice
from elevhalsa.domain.notices.words import Audience
from elevhalsa.extensions import db

from . import browsers, instead, lines, rules, service
from .models import PushSubscription
from .rules import Verdict

log = logging.getLogger(__name__)

REFUSED = "push_refused"
"""Name of the row that tells when a push service last refused our keys or headers."""

TRIAL_SECONDS = 300
"""How long a trial may wait for a browser."""

_chance = SystemRandom()


@dataclass(frozen=True)
class Ready:
    """All that sending needs, read before the transaction ends."""

    host: str
    message: PushMessage


class NotTaken(DeliveryFailed):
    """A push service answered, but did not take it."""

    def __init__(self, answer: PushAnswer, verdict: Verdict) -> None:
        super().__init__(
            f"{answer.status}",
            permanent=verdict is Verdict.TOO_BIG,
            away=verdict is Verdict.AGAIN,
        )
        self.verdict = verdict
        self.retry_after = answer.retry_after


class Pushes(outbox.Sender[Ready]):
    is_one_server = False
    """Each maker of browsers has a push service: that one is away holds up no other's."""

    def __init__(self, outside: Outside, addresses: Addresses) -> None:
        self._outside = outside
        self._addresses = addresses
        self._paces: dict[str, notice_rules.Pace] = {}

    def takes(self, notice: Notice) -> bool:
        return notice.channel is Channel.PUSH and notice.subscription_id is not None

    def prepare(self, notice: Notice) -> Ready | None:
        browser = browsers.one(notice)
        if browser is None or not browsers.lives(browser) or notice.kind not in browser.kinds:
            _give_up(notice, "not wanted any more")
            return None
        push = kinds.telling(notice.kind, _audience(notice, browser)).push
        line = lines.line(notice, push) if push else None
        at = browsers.when(browser, notice)
        if push is None or line is None:
            outbox.give_up(notice, "not so any more")
        elif at is None:
            _give_up(notice, "too late")
        elif at > clock.now():
            outbox.again(notice, outbox.QUIET, at=at)
        elif not self._pace(browser.host).is_open(clock.now().timestamp()):
            _try_again(notice, outbox.AWAY, DeliveryFailed(outbox.AWAY, permanent=False))
        else:
            return Ready(browser.host, self._message(notice, browser, push, line))
        return None

    def _message(
        self, notice: Notice, browser: PushSubscription, push: Push, line: str
    ) -> PushMessage:
        about = f"{notice.kind} {notice.about_id}"
        topic = keyring.derive("push-topic", f"{browser.id} {about}")[:24]
        return PushMessage(
            endpoint=browser.endpoint,
            p256dh=browser.p256dh,
            auth=browser.auth,
            key_id=browser.vapid_key_id,
            payload=rules.payload(
                title=lines.title(),
                body=line,
                navigate=self._address(notice, browser, push),
                tag=keyring.keyed_hash("push-tag", about)[:16],
                unread=_unread(browser),
            ),
            ttl=rules.ttl_seconds(push.keep, clock.now(), notice.useful_until),
            urgency=push.urgency,
            topic=to_base64url(topic),
        )

    def _address(self, notice: Notice, browser: PushSubscription, push: Push) -> str:
        """Where the browser has the app open: a municipality's own host, if that is where."""
        page = kinds.page_for(_audience(notice, browser), push.page)
        return browser.origin + self._addresses.path(page, notice.about_id)

    def send(self, ready: Ready) -> None:
        try:
            answer = self._outside.pusher.send(ready.message)
            verdict = rules.verdict(answer.status)
            if verdict is not Verdict.ACCEPTED:
                raise NotTaken(answer, verdict)
        except DeliveryFailed as failure:
            self._note(ready.host, answered=not failure.away)
            raise
        self._note(ready.host, answered=True)

    def _pace(self, host: str) -> notice_rules.Pace:
        return self._paces.get(host, notice_rules.Pace())

    def _note(self, host: str, *, answered: bool) -> None:
        now = clock.now().timestamp()
        self._paces[host] = self._pace(host).after(answered=answered, now=now)

    def settle(self, ready: Ready, failed: outbox.Failed | None) -> None:
        if failed is None:
            return
        failure, code = failed.failure, f"push {failed.failure.reason}"
        verdict = failure.verdict if isinstance(failure, NotTaken) else Verdict.AGAIN
        if verdict is Verdict.GONE:
            _gone(failed.notice)
        elif not failed.is_mine:
            return
        elif verdict is Verdict.REFUSED:
            schedule.finish(REFUSED)
            log.error("%s by %s: check VAPID_KEYS and VAPID_SUBJECT", code, ready.host)
            _give_up(failed.notice, f"{code} refused")
        elif failure.permanent:
            log.error("%s by %s: given up", code, ready.host)
            _give_up(failed.notice, code)
        else:
            _try_again(failed.notice, code, failure)


def try_out(outside: Outside, browser: PushSubscription) -> str | None:
    """Send a push that says that it is a trial, now, past the outbox. None when it was taken; else
    what went wrong, without a word of whose browser it is."""
    topic = keyring.derive("push-topic", f"{browser.id} trial")[:24]
    message = PushMessage(
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.auth,
        key_id=browser.vapid_key_id,
        payload=rules.payload(
            title=lines.title(),
            body=_("Det här är ett prov."),
            navigate=browser.origin + "/",
            tag="trial",
            unread=_unread(browser),
        ),
        ttl=TRIAL_SECONDS,
        urgency="normal",
        topic=to_base64url(topic),
    )
    try:
        answer = outside.pusher.send(message)
    except DeliveryFailed as failure:
        return failure.reason
    return None if rules.verdict(answer.status) is Verdict.ACCEPTED else str(answer.status)


def _try_again(notice: Notice, code: str, failure: DeliveryFailed) -> None:
    now = clock.now()
    said = failure.retry_after if isinstance(failure, NotTaken) else None
    at = now + rules.wait_before(
        notice.attempts, _chance.random(), rules.retry_after(said, now) if said else None
    )
    if notice.useful_until and at >= notice.useful_until:
        _give_up(notice, code)
    else:
        outbox.again(notice, code, at=at)


def _give_up(notice: Notice, code: str) -> None:
    outbox.give_up(notice, code)
    instead.hurry(notice.parent_id)


def _gone(notice: Notice) -> None:
    """The browser has taken its subscription back; what waits for it, this notice too, goes."""
    parent_id = notice.parent_id
    browser = db.session.get(PushSubscription, notice.subscription_id)
    db.session.expunge(notice)
    if browser:
        service.forget_gone(browser)
    instead.hurry(parent_id)


def _audience(notice: Notice, browser: PushSubscription) -> Audience:
    return notice.told_as or kinds.audience_of(browser.staff)


def _unread(browser: PushSubscription) -> int:
    """What the app's badge shows."""
    if browser.device:
        return service.unread_count(browser.device)
    return notices.unseen_count(browser.staff) if browser.staff else 0
