"""Are the keys of this process those that the database is written with?

With others nothing that is stored can be read, no code opens anything, and what is taken in could
not be read by anybody: so nothing is taken in.
"""

from sqlalchemy import delete, select

from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _
from elevhalsa.domain.rows import insert_once
from elevhalsa.extensions import db

from .models import KeyMark, KeyUse


def check() -> None:
    """Raises SettingError, with one line that names the setting, when a key is not there that the
    database is written with."""
    missing = _stored() - _ours()
    if not missing:
        return
    if any(use == KeyUse.HASH for use, _mark in missing):
        raise SettingError(
            _("HASH_KEY är en annan än den som databasen är skriven med. Sätt tillbaka den gamla, "
              "eller peka DATABASE_URL på rätt databas.")
        )  # fmt: skip
    raise SettingError(
        _("ENCRYPTION_KEYS saknar en nyckel som databasen är skriven med. Lägg till den sist, "
          "eller peka DATABASE_URL på rätt databas.")
    )  # fmt: skip


def note() -> None:
    """Write down what new text is written with from now on. Raises SettingError as ``check``."""
    check()
    for use, mark in ((KeyUse.HASH, keyring.hash_mark), _newest()):
        insert_once(KeyMark(use=use, mark=mark))


def are_noted() -> bool:
    """False for a database that no process has written a key down in."""
    return bool(_stored())


def forget_older() -> None:
    """Nothing is written with another key than the newest any more."""
    use, newest = _newest()
    db.session.execute(delete(KeyMark).where(KeyMark.use == use, KeyMark.mark != newest))
    insert_once(KeyMark(use=use, mark=newest))


def _newest() -> tuple[KeyUse, str]:
    return KeyUse.ENCRYPTION, keyring.encryption_marks[0]


def _stored() -> set[tuple[KeyUse, str]]:
    return {(row.use, row.mark) for row in db.session.execute(select(KeyMark.use, KeyMark.mark))}


def _ours() -> set[tuple[KeyUse, str]]:
    encryption = {(KeyUse.ENCRYPTION, mark) for mark in keyring.encryption_marks}
    return encryption | {(KeyUse.HASH, keyring.hash_mark)}
