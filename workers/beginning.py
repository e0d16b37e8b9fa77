"""What a process says of itself when it begins: in one line, what is wrong with what it stands on.

It begins all the same: the crisis page needs no database, and what is away comes back.
"""

import logging
import os

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from elevhalsa import work
from elevhalsa.config import misspelt
from elevhalsa.core.errors import SettingError
from elevhalsa.domain.operations import health, keys

log = logging.getLogger(__name__)


def tell(app: Flask) -> None:
    """Log what is wrong, and write down which keys the database is written with from now on."""
    for wrong, right in misspelt(os.environ).items():
        log.warning("%s är ingen inställning: menas %s?", wrong, right)
    with app.app_context():
        with work.unit(writes=False):
            fault = health.fault()
        if fault:
            log.error("%s", fault)
            return
        try:
            with work.unit():
                keys.note()
        except SettingError as error:
            log.error("%s", error)
        except SQLAlchemyError as error:
            log.error("the keys were not noted (%s)", type(error).__name__)
