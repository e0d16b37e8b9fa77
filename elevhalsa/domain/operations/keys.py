"""Are the keys of this process those that the database is written with?

With others nothing that is stored can be read, no code opens anything, and what is taken in could
not be read by anybody: so nothing is taken in.
"""

from sqlalchemy import delete, select

from elevhalsa.core.crypto import key_id_of, keyring
from elevhalsa.core.errors import NotItsOwn, SettingError
from elevhalsa.core.i18n import _
from elevhalsa.domain.people.models import Staff, hash_email
from elevhalsa.domain.rows import insert_once
from elevhalsa.domain.sealing import keys as sealing
from elevhalsa.domain.sealing.columns import encrypted_columns
from elevhalsa.extensions import db

from . import row_security
from .models import KeyMark, KeyUse


def check() -> None:
    """Raises SettingError, with one line that names the setting, when a key is not there that the
    database is written with, or that the municipalities' keys are wrapped by. Where nobody has
    written down which they are, what is stored tells."""
    stored = _stored()
    missing: set[str] = {use for use, _mark in stored - _ours()}
    if sealing.load().lost:
        missing.add(KeyUse.ENCRYPTION)
    elif not stored:
        missing = _unfit()
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
    """Write down by which HASH_KEY things are found; done by each process that writes. Each of the
    municipalities' keys says itself what wraps it. Raises SettingError as ``check``."""
    check()
    insert_once(KeyMark(use=KeyUse.HASH, mark=keyring.hash_mark))


def _unfit() -> set[str]:
    """The settings that do not fit what is stored: one of each encrypted column is read, and one of
    what is found again by its hash. Behind walls of another key nothing is there to be read."""
    if row_security.is_of_another_key(db.session.connection()):
        return {KeyUse.HASH}
    try:
        for columns in encrypted_columns().values():
            for column in columns:
                found = db.session.scalar(select(column).where(column.is_not(None)).limit(1))
                if found and key_id_of(found.token) is None:
                    keyring.read_older(found.token)
    except SettingError:
        return {KeyUse.ENCRYPTION}
    known = db.session.scalar(select(Staff).limit(1))
    try:
        return {KeyUse.HASH} if known and hash_email(known.email) != known.email_hash else set()
    except (SettingError, NotItsOwn):  # it cannot tell; its own page will
        return set()


def is_any_damaged() -> bool:
    """Is a municipality's key not what was wrapped? Then nothing of that one can be read."""
    return bool(sealing.load().damaged)


def is_older_left() -> bool:
    """May something be left that the release before wrote, straight under ENCRYPTION_KEYS?"""
    left = select(KeyMark.mark).where(KeyMark.use == KeyUse.ENCRYPTION).limit(1)
    return db.session.scalar(left) is not None


def forget_older() -> None:
    """Nothing is written straight under one of ENCRYPTION_KEYS any more."""
    db.session.execute(delete(KeyMark).where(KeyMark.use == KeyUse.ENCRYPTION))


def _stored() -> set[tuple[str, str]]:
    return {(row.use, row.mark) for row in db.session.execute(select(KeyMark.use, KeyMark.mark))}


def _ours() -> set[tuple[str, str]]:
    encryption: set[tuple[str, str]] = {
        (KeyUse.ENCRYPTION, mark) for mark in keyring.encryption_marks
    }
    return encryption | {(KeyUse.HASH, keyring.hash_mark)}
