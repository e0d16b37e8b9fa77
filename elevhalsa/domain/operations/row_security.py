"""PostgreSQL's row-level security: which rows of which table a unit of work may meet.

The queries are the wall that everything is written for; this one stands behind it, should a query
forget to ask. What the policies go by is set with each BEGIN (``elevhalsa.database``): who acts,
for which municipality, behind which wall, what they have shown us (a cookie's token, a code: as
keyed hashes) and what they hold because they are changing it. Nothing set, nothing seen.

A policy may not read a table whose policy reads its own. What would go in a circle is asked of
functions that belong to a role which nobody can log in as (``LOOKUP``): it may read the ids that
they need and no more.

Who asks is told with a signature that only we can make (``elevhalsa.database``). The policies of
the web and the worker have a function look at it, whose key neither of them may read.
"""

# ruff: noqa: S608  (no part of any statement comes from outside)

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import URL, Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from elevhalsa import database
from elevhalsa.config import Settings
from elevhalsa.core.crypto import keyring
from elevhalsa.core.walls import SCHOOL_WALLS
from elevhalsa.domain.about import Subject

LOOKUP = "elevhalsa_lookup"


def _known(name: str) -> str:
    """Asked once a statement, not once a row."""
    return f"(SELECT current_setting('elevhalsa.{name}', true))"


def _any(of: str) -> str:
    """The cast tells PostgreSQL that it is an array and no query."""
    return f"ANY ((SELECT {of})::text[])"


def _list(name: str) -> str:
    return _any(f"string_to_array(current_setting('elevhalsa.{name}', true), ',')")


SYSTEM = "(SELECT current_setting('elevhalsa.actor', true) IN ('system', 'operator'))"
"""What recurs, what an operator does, and ``work.beyond``."""
STAFF = "(SELECT current_setting('elevhalsa.actor', true) = 'staff')"
HOME = f"municipality_id = {_known('municipality')}"
SHOWN = _list("shown")

OF_SCHOOL = f"{_known('wall')} IN ({', '.join(repr(str(wall)) for wall in SCHOOL_WALLS)})"
"""Of elevhälsan, and of no other authority."""

READS = f"""
    {STAFF} AND {HOME}
    AND {_known("wall")} <> '' AND (wall = {_known("wall")} OR (wall IS NULL AND {OF_SCHOOL}))
    AND (school_id = {_any("elevhalsa_served()")} OR opened_wide_at IS NOT NULL
         OR taken_by_id = {_known("staff")})
    AND NOT id = {_any("elevhalsa_avoided()")} AND locked_at IS NULL"""
"""As ``knocks.queries.visible_to``: a test holds the two together on worlds at random."""

CONSULTED = f"""
    {STAFF} AND {HOME}
    AND {_known("wall")} <> '' AND (wall = {_known("wall")} OR (wall IS NULL AND {OF_SCHOOL}))
    AND (school_id = {_any("elevhalsa_served()")} OR opened_wide_at IS NOT NULL
         OR taken_by_id = {_known("staff")})"""
"""As ``consultations.queries.visible_to``."""

OF_KNOCK = "EXISTS (SELECT 1 FROM knock WHERE knock.id = {table}.knock_id)"
OF_STAFF = "EXISTS (SELECT 1 FROM staff WHERE staff.id = {table}.staff_id)"
OF_DEVICE = "EXISTS (SELECT 1 FROM device WHERE device.id = {table}.device_id)"
OWN = f"staff_id = {_known('staff')} OR staff_id = {_any('elevhalsa_known_staff()')}"
"""Of the person who is signed in, or has shown whose session or link it is."""

POLICIES: Mapping[str, str] = {
    # A pupil's words, and what follows from them.
    "knock": (
        f"id = {_list('held')} OR {READS} OR code_hash = {SHOWN} OR form_hash = {SHOWN}"
        f" OR id = {_any('elevhalsa_opened()')}"
    ),
    **dict.fromkeys(
        (
            "attempt", "avoided", "carried", "concern_report", "crossing", "danger_note",
            "disclosure", "journal_mark",
            "knock_pin", "meeting_proposal", "message", "passing", "presence", "reminder_address",
            "transfer",
        ),
        OF_KNOCK,
    ),
    # That something hidden was opened: behind the wall of whoever did, and to the pupil once told.
    "reveal": (
        f"{OF_KNOCK} AND CASE WHEN {STAFF} THEN wall = {_known('wall')}"
        " ELSE told_at IS NOT NULL END"
    ),
    # Who agrees to what is shared of somebody: to whoever changes what it is about, and behind the
    # link to whoever has that.
    "consent": f"about_id = {_list('held')} OR link_hash = {SHOWN}",
    "consent_basis": (
        f"about_id = {_list('held')}"
        " OR EXISTS (SELECT 1 FROM consent WHERE consent.basis_id = consent_basis.id)"
    ),
    "consent_shared": "EXISTS (SELECT 1 FROM consent_basis WHERE consent_basis.id = basis_id)",
    "consultation": (
        f"id = {_list('held')} OR {CONSULTED} OR code_hash = {SHOWN} OR form_hash = {SHOWN}"
        f" OR token_hash = {SHOWN}"
    ),
    "consultation_text": (
        "EXISTS (SELECT 1 FROM consultation AS one WHERE one.id = consultation_id)"
    ),
    "consultation_link": f"token_hash = {SHOWN} OR ({STAFF} AND {HOME})",
    "undo": f"staff_id = {_known('staff')} OR {OF_KNOCK}",
    "meeting_slot": "EXISTS (SELECT 1 FROM meeting_proposal AS one WHERE one.id = proposal_id)",
    "wait": (
        "EXISTS (SELECT 1 FROM knock WHERE knock.id = about_id)"
        " OR EXISTS (SELECT 1 FROM reveal WHERE reveal.id = about_id)"
        " OR EXISTS (SELECT 1 FROM consultation WHERE consultation.id = about_id)"
    ),
    "climbed_rung": "EXISTS (SELECT 1 FROM wait WHERE wait.id = wait_id)",
    "knock_figure": HOME,
    "dismissal": HOME,
    # Who a pupil said to be.
    "identity": (
        f"id = {_list('held')} OR browser_hash = {SHOWN}"
        " OR EXISTS (SELECT 1 FROM eid_order WHERE identity_id = identity.id)"
        f" OR EXISTS (SELECT 1 FROM knock WHERE identity_id = identity.id"
        f" AND NOT ({STAFF} AND hides_identity AND NOT EXISTS (SELECT 1 FROM reveal"
        f" WHERE reveal.knock_id = knock.id AND reveal.staff_id = {_known('staff')})))"
    ),
    **dict.fromkeys(("eid_order", "oidc_request"), f"browser_hash = {SHOWN}"),
    # A pupil's browsers.
    "device_knock": OF_KNOCK,
    "device": (
        f"id = {_any('elevhalsa_devices()')}"
        f" OR token_hash = {SHOWN}"
        " OR EXISTS (SELECT 1 FROM device_knock WHERE device_id = device.id)"
    ),
    "handoff": f"code_hash = {SHOWN} OR token_hash = {SHOWN} OR {OF_DEVICE}",
    "draft": f"{OWN} OR {OF_DEVICE}",
    "push_subscription": f"endpoint_hash = {SHOWN} OR {OF_STAFF} OR {OF_DEVICE}",
    # What was told, and what was done.
    "notice": (
        f"{OF_KNOCK} OR staff_id = {_known('staff')}"
        f" OR ((knock_id IS NULL OR about_kind <> '{Subject.KNOCK}') AND {OF_STAFF})"
    ),
    "audit_event": (
        f"{OF_KNOCK} OR staff_id = {_known('staff')} OR ({HOME} AND EXISTS ("
        f"SELECT 1 FROM responsibility AS duty WHERE duty.staff_id = {_known('staff')}"
        " AND duty.until IS NULL)"
        f" AND NOT coalesce(knock_id = {_any('elevhalsa_avoided()')}, false))"
    ),
    **dict.fromkeys(("audit_chain", "audit_seal", "audit_purge", "retention_run"), HOME),
    # Who works here, where, and when they are away.
    "staff": (
        f"{HOME} OR id = {_any('elevhalsa_known_staff()')} OR email_hash = {SHOWN}"
        f" OR municipality_id = {_any('elevhalsa_visited()')}"
    ),
    **dict.fromkeys(
        ("absence", "assignment", "calendar_feed", "place", "reach", "sign_in_link",
         "staff_session", "standing_time"),
        OF_STAFF,
    ),
    "passkey": f"credential_id = {SHOWN} OR {OF_STAFF}",
    "staff_account": f"account_hash = {SHOWN} OR {OF_STAFF}",
    "cover": "EXISTS (SELECT 1 FROM staff WHERE staff.id = absent_id)",
    "reply_template": HOME,
    "responsibility": OF_STAFF,
    "concern_step": HOME,
    **dict.fromkeys(("glossary_word", "method_step"), HOME),
    **dict.fromkeys(
        ("gap_told", "gap_accepted"),
        f"EXISTS (SELECT 1 FROM school WHERE school.id = school_id AND school.{HOME})",
    ),
}  # fmt: skip
"""Table -> which of its rows, besides all for the system."""

WRITTEN: Mapping[str, str] = {
    # Whatever is done leaves its trace, also of what whoever does it may not read.
    "audit_event": f"{_known('actor')} <> ''",
    # What a provider has just said, before any browser has it.
    "identity": "browser_hash IS NULL",
}
"""Table -> which rows may be written besides those that may be read."""

NO_POLICY: Mapping[str, str] = {
    **dict.fromkeys(
        ("municipality", "school", "school_address", "school_break", "crisis_line", "guarantee",
         "former_terms", "retention_decision", "age_text", "area_text", "organisation",
         "disclosure_text", "consent_text", "consent_law_text", "consultation_terms",
         "referral_offer", "referral_form_version", "referral_hours"),
        "what every door shows, before anybody is known",
    ),
    "data_key": "wrapped keys, which whoever reads anything needs",
    "spent_challenge": "what was answered once, as hashes that lead to nobody",
    **dict.fromkeys(
        ("key_mark", "schema_mark", "scheduled_run"), "what the database says of itself"
    ),
}  # fmt: skip
"""The tables that hold nobody's words or traces."""

UNCHANGED = ("audit_event", "audit_seal", "audit_purge")
"""Whose rows are as they were written. (What may be deleted a trigger decides.)"""
OWNERS = ("schema_mark", "alembic_version")
"""That migrations alone write."""


KEYS = "elevhalsa_walls"
"""A schema of its own with one row: the key of the signature, as HMAC's two pads (RFC 2104)."""
_SAID = " || '|' || ".join(
    f"coalesce(current_setting('{name}', true), '')" for name in database.WALLS
)
TOLD = "elevhalsa_told"
TOLD_SQL = f"""
CREATE OR REPLACE FUNCTION {TOLD}() RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE pads record;
BEGIN
    SELECT inner_pad, outer_pad INTO pads FROM {KEYS}.key;
    RETURN coalesce(current_setting('{database.SIGNATURE}', true) = encode(sha256(pads.outer_pad
        || sha256(pads.inner_pad || convert_to({_SAID}, 'UTF8'))), 'hex'), false);
END $$
"""
"""Was what is set told by us, all of it and nothing else? False, too, where there is no key."""
IS_TOLD = f"(SELECT {TOLD}())"


@dataclass(frozen=True)
class Function:
    """What a policy asks past the policies: ids alone."""

    name: str
    body: str
    reads: Mapping[str, tuple[str, ...]] = field(hash=False)
    """Table -> the columns that it needs."""

    @property
    def sql(self) -> str:
        # ``elevhalsa.lookup`` is for where one role is all there is: it opens the same tables, to
        # the function alone, as the role does where it can be made.
        return (
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS text[] LANGUAGE plpgsql STABLE"
            " SECURITY DEFINER SET search_path = public, pg_temp AS $$"
            " DECLARE before_it text := current_setting('elevhalsa.lookup', true); ids text[];"
            " BEGIN PERFORM set_config('elevhalsa.lookup', 'on', true);"
            f" SELECT coalesce(array_agg(one.id), '{{}}') INTO ids FROM ({self.body}) AS one(id);"
            " PERFORM set_config('elevhalsa.lookup', coalesce(before_it, ''), true);"
            " RETURN ids; END $$"
        )


_ME = "current_setting('elevhalsa.staff', true)"
_DAY = "nullif(current_setting('elevhalsa.day', true), '')::date"
_IN_HAND = "ANY (string_to_array(current_setting('elevhalsa.held', true), ','))"
_HASHES = "ANY (string_to_array(current_setting('elevhalsa.shown', true), ','))"

FUNCTIONS = (
    # As serving.queries._schools_served.
    Function(
        "elevhalsa_served",
        f"SELECT school_id FROM assignment WHERE staff_id = {_ME}"
        " UNION ALL SELECT absent.school_id FROM cover"
        " JOIN assignment AS absent ON absent.staff_id = cover.absent_id"
        f" WHERE cover.cover_id = {_ME} AND accepted_at IS NOT NULL AND ended_at IS NULL"
        f" AND starts_on <= {_DAY} AND ends_on >= {_DAY}"
        " AND (cover.school_id IS NULL OR cover.school_id = absent.school_id)",
        {
            "assignment": ("staff_id", "school_id"),
            "cover": ("absent_id", "cover_id", "school_id", "starts_on", "ends_on", "accepted_at",
                      "ended_at"),
        },
    ),
    Function(
        "elevhalsa_avoided",
        f"SELECT knock_id FROM avoided WHERE staff_id = {_ME}",
        {"avoided": ("knock_id", "staff_id")},
    ),
    # Those that have shown themselves, and those that a code was made on that was shown elsewhere.
    Function(
        "elevhalsa_devices",
        f"SELECT id FROM device WHERE token_hash = {_HASHES} UNION ALL SELECT device_id"
        f" FROM handoff WHERE code_hash = {_HASHES} OR token_hash = {_HASHES}",
        {"device": ("id", "token_hash"), "handoff": ("device_id", "code_hash", "token_hash")},
    ),
    Function(
        "elevhalsa_opened",
        "SELECT knock_id FROM device_knock WHERE device_id = ANY (elevhalsa_devices())",
        {"device_knock": ("device_id", "knock_id")},
    ),
    Function(
        "elevhalsa_known_staff",
        f"SELECT staff_id FROM staff_session WHERE token_hash = {_HASHES}"
        f" UNION ALL SELECT staff_id FROM sign_in_link WHERE token_hash = {_HASHES}"
        f" UNION ALL SELECT staff_id FROM calendar_feed WHERE token_hash = {_HASHES}"
        f" UNION ALL SELECT staff_id FROM passkey WHERE credential_id = {_HASHES}"
        f" UNION ALL SELECT staff_id FROM staff_account WHERE account_hash = {_HASHES}",
        dict.fromkeys(
            ("staff_session", "sign_in_link", "calendar_feed"), ("staff_id", "token_hash")
        )
        | {
            "passkey": ("staff_id", "credential_id"),
            "staff_account": ("staff_id", "account_hash"),
        },
    ),
    # Where a pupil has knocked, or somebody has asked for a talk.
    Function(
        "elevhalsa_visited",
        f"SELECT municipality_id FROM knock WHERE id = {_IN_HAND} OR code_hash = {_HASHES}"
        f" OR form_hash = {_HASHES} OR id = ANY (elevhalsa_opened())"
        " UNION ALL SELECT municipality_id FROM consultation"
        f" WHERE code_hash = {_HASHES} OR form_hash = {_HASHES} OR token_hash = {_HASHES}",
        {
            "knock": ("id", "municipality_id", "code_hash", "form_hash"),
            "consultation": ("municipality_id", "code_hash", "form_hash", "token_hash"),
        },
    ),
)  # fmt: skip


# --- in the database ------------------------------------------------------------------------------


def _logins(settings: Settings) -> Iterator[URL]:
    """Of the web and the worker."""
    for address in (settings.database_url, settings.worker_database_url):
        url = make_url(address) if address else None
        if url and url.username:
            yield url


def put_up(connection: Connection, settings: Settings) -> None:
    """Have the walls stand as they are described here. What stands so already is left alone: to
    change the policy of a table waits for everybody who is using it.

    Within the transaction of whoever owns the tables.
    """
    owner = _current(connection)
    _make_roles(connection, owner, settings)
    lookup = LOOKUP if _may_give_to(connection, LOOKUP, owner) else None
    named = sorted({str(url.username) for url in _logins(settings)} - {owner})
    others = [role for role in named if _is_role(connection, role)]
    signed = others if others and _put_key(connection) else []
    for statement in (*_functions(owner, others, lookup, has_key=bool(signed)), *_grants(others)):
        connection.exec_driver_sql(statement)
    standing = _standing(connection)
    for table, policies in _wanted([owner, *others], signed, lookup).items():
        for statement in _changes(table, policies, standing.get(table)):
            connection.exec_driver_sql(statement)


def take_down(connection: Connection) -> None:
    """As if no wall had ever stood: what is older knows of none."""
    for table, state in _standing(connection).items():
        for name in state.policies:
            connection.exec_driver_sql(f"DROP POLICY {name} ON {table}")
        if state.is_forced:
            connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for name in (TOLD, *(one.name for one in FUNCTIONS)):
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")
    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {KEYS} CASCADE")


def do_stand(connection: Connection) -> bool:
    """Do any?"""
    return any(state.is_forced for state in _standing(connection).values())


class Missing(StrEnum):
    """What keeps the walls from being all that they can be."""

    WALLS = "walls"
    OWN_ROLE = "own_role"
    WORKER = "worker"
    LOOKUP = "lookup"
    SIGNATURE = "signature"


_PASSES = text("""
SELECT rolname FROM pg_roles WHERE rolname = ANY (:names)
AND (rolsuper OR rolbypassrls OR EXISTS (
    SELECT 1 FROM pg_class WHERE relname = 'knock' AND relnamespace = 'public'::regnamespace
    AND pg_has_role(pg_roles.oid, relowner, 'MEMBER')
))
""")
"""Whoever is a member of the owner can become the owner."""
_TO = """
SELECT pg_get_userbyid(relowner), polname,
    ARRAY(SELECT pg_get_userbyid(one) FROM unnest(polroles) AS one)
FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
WHERE relname = 'knock' AND relnamespace = 'public'::regnamespace AND polname IN ('walls', 'signed')
"""


def missing(connection: Connection, settings: Settings) -> list[Missing]:
    """connection: the web's own. Both roles are looked at, the web's and the worker's."""
    names = {str(url.username) for url in _logins(settings)}
    found = []
    if not _stand_as_described(connection, names):
        found.append(Missing.WALLS)
    asked = {"names": [_current(connection), *names]}
    passes = set(connection.execute(_PASSES, asked).scalars())
    if passes:
        found.append(Missing.OWN_ROLE)
    elif Missing.WALLS not in found and not _is_told(connection):
        found.append(Missing.SIGNATURE)
    if len(names) < WEB_AND_WORKER:
        found.append(Missing.WORKER)
    if not _is_role(connection, LOOKUP):
        found.append(Missing.LOOKUP)
    return found


def _is_told(connection: Connection) -> bool:
    """Is the signature of the present unit the one that the policies ask for?"""
    return bool(_can_tell(connection) and connection.exec_driver_sql(f"SELECT {IS_TOLD}").scalar())


def is_of_another_key(connection: Connection) -> bool:
    """Has the present unit signed with another HASH_KEY than the walls were put up with? Then it
    sees nothing, and cannot tell from what is stored."""
    if connection.dialect.name == "sqlite" or not _can_tell(connection):
        return False
    signed = f"SELECT current_setting('{database.SIGNATURE}', true) <> '' AND NOT {IS_TOLD}"
    return bool(connection.exec_driver_sql(signed).scalar())


def _can_tell(connection: Connection) -> bool:
    there = f"SELECT to_regprocedure('{TOLD}()') IS NOT NULL"
    return bool(connection.exec_driver_sql(there).scalar())


WEB_AND_WORKER = 2


def _stand_as_described(connection: Connection, names: set[str]) -> bool:
    """Is each policy the one that is described here (by the mark that it was given when it was put
    up), for the owner and both of these roles, and is every table that is there forced?"""
    standing = _standing(connection)
    put_up_for = connection.exec_driver_sql(_TO).all()
    roles = {role for _owner, _name, some in put_up_for for role in some}
    if not put_up_for or not names <= roles:
        return False  # she meets nothing at all
    owner = str(put_up_for[0][0])
    signed = sorted(role for _owner, name, some in put_up_for for role in some if name == "signed")
    lookup = LOOKUP if _may_give_to(connection, LOOKUP, owner) else None
    wanted = _wanted([owner, *sorted(roles - {owner})], signed, lookup)
    return all(
        state.is_forced and state.policies == _marks(wanted[table])
        for table, state in standing.items()
        if table in wanted
    )


@dataclass(frozen=True)
class _State:
    is_forced: bool
    policies: Mapping[str, str]
    """Name -> mark."""


_STATES = """
SELECT relname, relrowsecurity AND relforcerowsecurity,
    coalesce(json_object_agg(polname, obj_description(pg_policy.oid, 'pg_policy'))
        FILTER (WHERE polname IS NOT NULL), '{}')
FROM pg_class LEFT JOIN pg_policy ON polrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
GROUP BY pg_class.oid, relname, relrowsecurity, relforcerowsecurity
"""


def _standing(connection: Connection) -> dict[str, _State]:
    return {
        table: _State(is_forced, policies)
        for table, is_forced, policies in connection.exec_driver_sql(_STATES)
    }


def _wanted(roles: list[str], signed: list[str], lookup: str | None) -> dict[str, dict[str, str]]:
    """Table -> its policies' names -> what stands after the name. Whoever is not among the roles
    meets nothing.

    signed: those of them that must show a signature. The owner, who could take the walls away,
    need not: a copy is made by hand.
    """
    free = [role for role in roles if role not in signed]
    read = {table for function in FUNCTIONS for table in function.reads}
    wanted: dict[str, dict[str, str]] = {}
    for table, rows in POLICIES.items():
        seen = f"{SYSTEM} OR {rows.format(table=table)}"
        written = f"{seen} OR {WRITTEN[table]}" if table in WRITTEN else seen
        wanted[table] = {"walls": f"TO {_named(free)} USING ({seen}) WITH CHECK ({written})"}
        if signed:
            told = f"USING ({IS_TOLD} AND ({seen})) WITH CHECK ({IS_TOLD} AND ({written}))"
            wanted[table]["signed"] = f"TO {_named(signed)} {told}"
        if table in read:
            inside = "current_setting('elevhalsa.lookup', true) = 'on'"
            wanted[table]["lookup"] = f"FOR SELECT TO {lookup or 'PUBLIC'} USING ({inside})"
    return wanted


def _marks(policies: Mapping[str, str]) -> dict[str, str]:
    return {name: sha256(said.encode()).hexdigest()[:16] for name, said in policies.items()}


def _named(roles: list[str]) -> str:
    return ", ".join(f'"{role}"' for role in roles)


def _changes(table: str, policies: Mapping[str, str], state: _State | None) -> Iterator[str]:
    """state: as the table is now; None: there is none yet (of a later migration)."""
    if state is None:
        return
    marks = _marks(policies)
    for name in state.policies.keys() - {n for n in marks if marks[n] == state.policies.get(n)}:
        yield f"DROP POLICY {name} ON {table}"
    for name, said in policies.items():
        if state.policies.get(name) != marks[name]:
            yield f"CREATE POLICY {name} ON {table} {said}"
            yield f"COMMENT ON POLICY {name} ON {table} IS '{marks[name]}'"
    if not state.is_forced:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"


def _put_key(connection: Connection) -> bool:
    """Which follows from HASH_KEY. False where the owner may make no schema for it."""
    key = keyring.derive(database.SIGNATURE, "").ljust(_BLOCK, b"\0")
    pads = {"inner": bytes(one ^ 0x36 for one in key), "outer": bytes(one ^ 0x5C for one in key)}
    made = (
        f"CREATE SCHEMA IF NOT EXISTS {KEYS}",
        f"CREATE TABLE IF NOT EXISTS {KEYS}.key (inner_pad bytea, outer_pad bytea)",
        f"DELETE FROM {KEYS}.key",
    )
    if not _is_allowed(connection, *made):
        return False
    connection.execute(text(f"INSERT INTO {KEYS}.key VALUES (:inner, :outer)"), pads)
    return True


_BLOCK = 64
"""Bytes that SHA-256 takes at a time."""


def _functions(
    owner: str, others: list[str], lookup: str | None, *, has_key: bool
) -> Iterator[str]:
    functions = [(one.name, one.sql) for one in FUNCTIONS]
    if has_key:
        functions.append((TOLD, TOLD_SQL))
    if lookup:
        yield f"GRANT USAGE, CREATE ON SCHEMA public TO {lookup}"  # CREATE: to be given them
        yield from _reads(lookup, has_key=has_key)
    for name, sql in functions:
        yield sql
        yield f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC"
        for role in (owner, *others):
            yield f'GRANT EXECUTE ON FUNCTION {name}() TO "{role}"'
        if lookup:
            yield f"ALTER FUNCTION {name}() OWNER TO {lookup}"
    if lookup:
        yield f"REVOKE CREATE ON SCHEMA public FROM {lookup}"


def _reads(lookup: str, *, has_key: bool) -> Iterator[str]:
    """The columns that the functions need."""
    needed: dict[str, set[str]] = {}
    for function in FUNCTIONS:
        for table, columns in function.reads.items():
            needed.setdefault(table, set()).update(columns)
    if has_key:
        yield f"GRANT USAGE ON SCHEMA {KEYS} TO {lookup}"
        needed[f"{KEYS}.key"] = {"inner_pad", "outer_pad"}
    for table, names in sorted(needed.items()):
        yield f"REVOKE ALL ON {table} FROM {lookup}"
        yield f"GRANT SELECT ({', '.join(sorted(names))}) ON {table} TO {lookup}"


def _grants(others: list[str]) -> Iterator[str]:
    """Rows and no more: neither is the owner of anything."""
    for role in others:
        yield f'GRANT USAGE ON SCHEMA public TO "{role}"'
        yield f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"'
        yield f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"'
        for table in OWNERS:
            yield f'REVOKE INSERT, UPDATE, DELETE ON {table} FROM "{role}"'
        for table in UNCHANGED:
            yield f'REVOKE UPDATE ON {table} FROM "{role}"'


def _make_roles(connection: Connection, owner: str, settings: Settings) -> None:
    """Those that the settings name and are not there, and the one that nobody logs in as. Where the
    owner may make none the platform has to, and ``flask check`` says which are missing."""
    wanted = {LOOKUP: f'CREATE ROLE {LOOKUP} NOLOGIN; GRANT {LOOKUP} TO "{owner}"'}
    for url in _logins(settings):
        made = f'CREATE ROLE "{url.username}" LOGIN {_password(connection, url)}'
        wanted[str(url.username)] = made
    for name, statements in wanted.items():
        if not _is_role(connection, name):
            _is_allowed(connection, *statements.split("; "))


def _is_allowed(connection: Connection, *statements: str) -> bool:
    """Runs them, all or none. False where the current role may not."""
    try:
        with connection.begin_nested():
            for statement in statements:
                connection.exec_driver_sql(statement)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NOT_ALLOWED:
            raise
        return False
    return True


NOT_ALLOWED = "42501"
"""PostgreSQL's insufficient_privilege."""


def _password(connection: Connection, url: URL) -> str:
    """As the server keeps it (SCRAM-SHA-256), so that no log of its has it in clear."""
    if not url.password:
        return ""
    driver = connection.connection.driver_connection
    kept = driver.pgconn.encrypt_password(  # type: ignore[union-attr]
        str(url.password).encode(), str(url.username).encode(), b"scram-sha-256"
    ).decode()
    return f"PASSWORD '{kept}'"


def _current(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SELECT current_user").scalar_one())


def _may_give_to(connection: Connection, name: str, owner: str) -> bool:
    """Is there such a role, and is the owner a member of it?"""
    asked = text("SELECT pg_has_role(:owner, oid, 'MEMBER') FROM pg_roles WHERE rolname = :name")
    return bool(connection.execute(asked, {"name": name, "owner": owner}).scalar())


def _is_role(connection: Connection, name: str) -> bool:
    found = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    return found.first() is not None
