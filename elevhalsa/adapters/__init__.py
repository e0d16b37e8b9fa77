"""The outside world, behind the protocols of ``core.ports``. Only the factory chooses here."""

from dataclasses import dataclass

from flask import Flask

from elevhalsa.config import Settings
from elevhalsa.core.ports import JobQueue, Mailer

from .mail import NullMailer, SmtpMailer
from .queue import NullQueue, RqQueue


@dataclass
class Adapters:
    mailer: Mailer
    queue: JobQueue


def init_app(app: Flask) -> None:
    """Real adapters where a setting names one, else their null twins."""
    settings: Settings = app.config["SETTINGS"]
    mailer: Mailer = NullMailer()
    if settings.mail_url and settings.mail_from:
        mailer = SmtpMailer(settings.mail_url, settings.mail_from)
    queue: JobQueue = RqQueue(settings.redis_url) if settings.redis_url else NullQueue()
    app.extensions["elevhalsa"] = Adapters(mailer, queue)
