"""Made-up places, people and knocks, in any number."""

from dataclasses import dataclass

from sqlalchemy import text

from elevhalsa.core.crypto import keyring
from elevhalsa.core.walls import Profession
from elevhalsa.domain import rekeying
from elevhalsa.domain.people.models import Assignment, Staff, hash_email
from elevhalsa.domain.places.models import Municipality, School
from elevhalsa.extensions import db

from .progress import say

SCHOOLS = 10
SCHOOLS_OF_NURSE = 4
ROWS_AT_A_TIME = 100_000

_COLUMNS = (
    "id, municipality_id, school_id, form_hash, form_print, code_hash, wanted, wall, "
    "way, phone, voicemail_ok, neutral_sender, name, school_class, knocked_at, due_at, "
    "deadline_at, awaits, state, taken_by_id, taken_at, pupil_wrote_at"
)
_KNOCKS = f"""
INSERT INTO knock ({_COLUMNS})
SELECT substr(md5('id' || n), 1, 22), :municipality, school,
       md5('f' || n) || md5('F' || n), md5('p' || n) || md5('P' || n),
       md5('c' || n) || md5('C' || n),
       CASE wall WHEN 'medical' THEN 'nurse' WHEN 'psychosocial' THEN 'counsellor' END, wall,
       'sms', :secret, false, true, :secret, :secret,
       at, at + interval '24 hours', at + interval '24 hours', 'first_contact',
       CASE WHEN taker IS NULL THEN 'waiting' ELSE 'taken' END, taker,
       CASE WHEN taker IS NOT NULL THEN now() END, at
FROM (
    SELECT n, wall, now() - interval '1 second' * (n % 80000) AS at,
           (CAST(:schools AS text[]))[1 + n % 10] AS school,
           CASE WHEN n % 5 = 0 AND wall = 'medical' AND NOT :due
                THEN (CAST(:nurses AS text[]))[1 + n % 10] END AS taker
    FROM (
        SELECT n, (ARRAY['medical', 'psychosocial', NULL])[1 + n % 3] AS wall
        FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n
    ) AS walled
) AS made
"""
_WAITS = """
INSERT INTO wait (id, municipality_id, about_kind, about_id, awaited, began_at, due_at, rung_hours,
                  next_rung_at)
SELECT substr(md5('w' || n), 1, 22), :municipality, 'knock', substr(md5('id' || n), 1, 22),
       'first_contact', now() - interval '25 hours', now() - interval '1 minute', 20,
       CASE WHEN n % 1000 = 0 AND :due THEN now() - interval '1 minute'
            ELSE now() + interval '1 hour' * (1 + n % 500) END
FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n
"""
_MESSAGES = """
INSERT INTO message (id, knock_id, form_hash, author, text, created_at)
SELECT substr(md5('m' || n), 1, 22), substr(md5('id' || n), 1, 22), md5('f' || n) || md5('F' || n),
       'pupil', :secret, now()
FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n
"""


@dataclass(frozen=True)
class Place:
    """One municipality with ten schools, told by ids that outlive a database session."""

    municipality_id: str
    school_ids: list[str]
    slugs: list[str]
    nurse_ids: list[str]
    """The nurse of each school; the first four schools share one."""

    @property
    def nurse_id(self) -> str:
        return self.nurse_ids[0]


def place() -> Place:
    """Ten schools, three nurses and three counsellors; committed."""
    home = Municipality(slug="exempelkommun", name="Exempelkommun")
    db.session.add(home)
    db.session.flush()
    schools = [
        School(municipality_id=home.id, slug=f"skola-{n}", name=f"Exempelskolan {n}")
        for n in range(1, SCHOOLS + 1)
    ]
    db.session.add_all(schools)
    db.session.flush()
    nurses: list[str] = []
    parts = (schools[:SCHOOLS_OF_NURSE], schools[SCHOOLS_OF_NURSE:7], schools[7:])
    for number, part in enumerate(parts, start=1):
        for profession in (Profession.NURSE, Profession.COUNSELLOR):
            staff = _staff(home, profession, part, f"{profession}-{number}")
            if profession is Profession.NURSE:
                nurses += [staff.id] * len(part)
    _staff(home, None, [], "samordnare")
    db.session.commit()
    return Place(home.id, [s.id for s in schools], [s.slug for s in schools], nurses)


def _staff(
    home: Municipality, profession: Profession | None, schools: list[School], name: str
) -> Staff:
    email = f"{name}@exempel.invalid"
    row = Staff(
        municipality_id=home.id,
        coordinates=profession is None,
        profession=profession,
        name=name.capitalize(),
        email=email,
        email_hash=hash_email(email),
        assignments=[Assignment(school_id=school.id) for school in schools],
    )
    db.session.add(row)
    db.session.flush()
    return row


def open_knocks(at: Place, first: int, last: int, *, some_due: bool, messages: bool) -> None:
    """Open knocks numbered from ``first`` to ``last``, spread over schools and walls.

    some_due: every thousandth is due for the sweep; all of them wait. Else a fifth of those
    behind the medical wall are taken. What is encrypted is the same text in all of them.
    """
    secret = keyring.write_older("Det här är en påhittad text som är lika lång som en vanlig.")
    many = last - first >= ROWS_AT_A_TIME
    indexes = _drop_indexes() if many else []
    for start in range(first, last + 1, ROWS_AT_A_TIME):
        end = min(start + ROWS_AT_A_TIME - 1, last)
        values = {
            "municipality": at.municipality_id,
            "schools": at.school_ids,
            "nurses": at.nurse_ids,
            "secret": secret,
            "due": some_due,
            "first": start,
            "last": end,
        }
        for setting in ("synchronous_commit = off", "session_replication_role = replica"):
            db.session.execute(text(f"SET LOCAL {setting}"))  # the rows are known to fit together
        db.session.execute(text(_KNOCKS), values)
        db.session.execute(text(_WAITS), values)
        if messages:
            db.session.execute(text(_MESSAGES), values)
        db.session.commit()
        if many:
            say(f"  {end:,} knocks of {last:,}".replace(",", " "))
    for _batch in rekeying.rewrite():  # each text is sealed to its row, as the app writes it
        pass
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for number, definition in enumerate(indexes, start=1):
            say(f"  index {number} of {len(indexes)}")
            connection.execute(text(definition))
        connection.execute(text("VACUUM ANALYZE"))  # as autovacuum would, some minutes later


def _drop_indexes() -> list[str]:
    """Drop the indexes of knocks that may be made again when the rows are there, which takes a
    fraction of the time. Returns how to make them."""
    found = db.session.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('knock', 'wait') "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    ).all()
    for name, _definition in found:
        db.session.execute(text(f'DROP INDEX "{name}"'))
    db.session.commit()
    return [definition for _name, definition in found]
