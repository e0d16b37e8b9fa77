"""The outside world, behind the protocols of ``core.ports``. Only the factory chooses here."""

from dataclasses import dataclass
from functools import cached_property

from flask import Flask

from elevhalsa.config import Settings
from elevhalsa.core import bankid as of_bankid
from elevhalsa.core import oidc as of_oidc
from elevhalsa.core.ports import EidApi, JobQueue, Mailer, OidcApi, PushSender, Texter
from elevhalsa.core.push_services import push_services
from elevhalsa.core.vapid import vapid

from .mail import NullMailer, SmtpMailer
from .queue import NullQueue, RqQueue


@dataclass
class Adapters:
    mailer: Mailer
    queue: JobQueue
    settings: Settings

    # Made when first used, which is mostly in a worker: their HTTP client is large.

    @cached_property
    def pusher(self) -> PushSender:
        from .webpush import NullPushSender, WebPushSender

        if not (self.settings.vapid_keys and self.settings.vapid_subject):
            return NullPushSender()
        return WebPushSender(self.settings.vapid_subject)

    @cached_property
    def texter(self) -> Texter:
        from .sms import ElksTexter, NullTexter

        return ElksTexter(self.settings.sms_url) if self.settings.sms_url else NullTexter()

    @cached_property
    def bankid(self) -> EidApi:
        from .bankid import BankIdClient, NullBankId

        chosen = self.settings
        if not (chosen.bankid and chosen.bankid_certificate and chosen.bankid_root):
            return NullBankId()
        return BankIdClient(
            of_bankid.ADDRESSES.get(chosen.bankid, chosen.bankid),
            of_bankid.context(
                chosen.bankid_certificate, chosen.bankid_password, chosen.bankid_root
            ),
        )

    @cached_property
    def oidc(self) -> OidcApi:
        from .oidc import NullOidc, OidcClient

        return OidcClient() if self.settings.oidc_providers else NullOidc()


def init_app(app: Flask) -> None:
    """Real adapters where a setting names one, else their null twins."""
    settings: Settings = app.config["SETTINGS"]
    vapid.configure(settings.vapid_keys)
    of_bankid.bankid.configure(settings.bankid, settings.bankid_certificate, settings.bankid_app)
    of_oidc.providers.configure(settings.oidc_providers)
    push_services.configure(settings.push_services)
    mailer: Mailer = NullMailer()
    if settings.mail_url and settings.mail_from:
        mailer = SmtpMailer(settings.mail_url, settings.mail_from)
    queue: JobQueue = RqQueue(settings.redis_url) if settings.redis_url else NullQueue()
    app.extensions["elevhalsa"] = Adapters(mailer, queue, settings)
