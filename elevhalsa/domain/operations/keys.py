"""Are the keys of this process those that the database is written with?

With others nothing that is stored can be read, no code opens anything, and what is taken in could
not be read by anybody: so nothing is taken in.
"""

from sqlalchemy import Column, Table, delete, select

from elevhalsa.core.columns import EncryptedText
from elevhalsa.core.crypto import keyring
from elevhalsa.core.errors import SettingError
from elevhalsa.core.i18n import _
from elevhalsa.domain.people.models import Staff, hash_email
from elevhalsa.domain.rows import insert_once
from elevhalsa.extensions import Base, db

from .models import KeyMark, KeyUse


def check() -> None:
    """Raises SettingError, with one line that names the setting, when a key is not there that the
    database is written with. Where nobody has written down which they are, what is stored tells."""
    stored = _stored()
    missing = {use for use, _mark in stored - _ours()} if stored else _unfit()
    if not missing:
        return
    if KeyUse.HASH in missing:
        raise SettingError(
            _("HASH_KEY är en annan än den som databasen är skriven med. Sätt tillbaka den gamla, "
              "eller peka DATABASE_URL på rätt databas.")
        )  # fmt: skip
    raise SettingError(
        _("ENCRYPTION_KEYS saknar en nyckel som databasen är skriven med. Lägg till den sist, "
          "eller peka DATABASE_URL på rätt databas.")
    )  # fmt: skip


def note() -> None:
    """Write down what new text is written with from now on; done by each process that writes.
    Raises SettingError as ``check``."""
    check()
    for use, mark in ((KeyUse.HASH, keyring.hash_mark), _newest()):
        insert_once(KeyMark(use=use, mark=mark))


def encrypted_columns() -> dict[Table, list[Column[str]]]:
    """Every table with encrypted columns, and which they are."""
    found = {
        table: [column for column in table.columns if isinstance(column.type, EncryptedText)]
        for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def _unfit() -> set[str]:
    """The settings that do not fit what is stored: one of each encrypted column is read, and one of
    what is found again by its hash."""
    try:
        for columns in encrypted_columns().values():
            for column in columns:
                db.session.scalar(select(column).where(column.is_not(None)).limit(1))
    except SettingError:
        return {KeyUse.ENCRYPTION}
    known = db.session.execute(select(Staff.email, Staff.email_hash).limit(1)).first()
    return {KeyUse.HASH} if known and hash_email(known.email) != known.email_hash else set()


def forget_older() -> None:
    """Nothing is written with another key than the newest any more."""
    use, newest = _newest()
    db.session.execute(delete(KeyMark).where(KeyMark.use == use, KeyMark.mark != newest))
    insert_once(KeyMark(use=use, mark=newest))


def _newest() -> tuple[KeyUse, str]:
    return KeyUse.ENCRYPTION, keyring.encryption_marks[0]


def _stored() -> set[tuple[str, str]]:
    return {(row.use, row.mark) for row in db.session.execute(select(KeyMark.use, KeyMark.mark))}


def _ours() -> set[tuple[str, str]]:
    encryption: set[tuple[str, str]] = {
        (KeyUse.ENCRYPTION, mark) for mark in keyring.encryption_marks
    }
    return encryption | {(KeyUse.HASH, keyring.hash_mark)}
