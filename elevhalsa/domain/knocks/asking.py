"""What the pupil does: knock, write, take it back. Nothing here commits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import select, update

from elevhalsa import work
from elevhalsa.core import clock, codes
from elevhalsa.core.crypto import keyring, new_id
from elevhalsa.core.errors import Conflict, InvalidInput
from elevhalsa.core.i18n import _
from elevhalsa.domain.audit import service as audit
from elevhalsa.domain.audit.models import Action
from elevhalsa.domain.identity.models import Identity
from elevhalsa.domain.notices import service as notices
from elevhalsa.domain.notices.models import Kind
from elevhalsa.domain.places.models import Guarantee, School
from elevhalsa.domain.places.queries import OpenSchool
from elevhalsa.domain.promise import service as waits
from elevhalsa.domain.promise.policy import policy_of
from elevhalsa.domain.promise.words import Awaited
from elevhalsa.domain.rows import insert, insert_once, lock
from elevhalsa.domain.serving import queries as serving
from elevhalsa.extensions import db

from . import floods, ladder, moves, plans, promised, queries, thread
from . import guarantees as clocks
from .floods import Flood
from .models import Avoided, Device, Knock, Message
from .prospect import look
from .receivers import Receivers, Whom
from .rules import Asked, Contact, is_full
from .transitions import Step
from .words import Author, State, Triage, Urgency

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Receipt:
    """What the pupil gets. ``is_new`` is False when the same form had already been posted."""

    knock: Knock
    code: str
    is_new: bool


class FormReused(Conflict):
    """The form's id was already used for a knock that said something else."""


class NobodyInTime(Conflict):
    """Nobody behind the wall can answer before the *senast*, and the pupil has not been told."""


def receipt_code(form_id: str) -> str:
    """The code that follows from a form's id, so that a retry gets the same receipt although
    only the code's keyed hash is stored."""
    return codes.from_bytes(keyring.derive("receipt-code", form_id))


def hash_code(typed: str) -> str:
    """The keyed hash by which a typed code is found, however it was separated and spelled."""
    return keyring.keyed_hash("code-lookup", codes.normalise(typed))


def is_code_of(knock: Knock, typed: str) -> bool:
    """The typed code is the knock's own."""
    return hash_code(typed) == knock.code_hash


def code_of(knock: Knock, form_id: str) -> str | None:
    """The receipt code, for whoever has the form's id; None when the id is of another form."""
    return receipt_code(form_id) if thread.hash_form(form_id) == knock.form_hash else None


def knock(
    school: School | OpenSchool,
    asked: Asked,
    *,
    shown: str = "",
    knows_nobody: bool = True,
    guarantees: Sequence[Guarantee] = (),
    flood: Flood | None = None,
    device: Device | None = None,
    identity: Identity | None = None,
) -> Receipt:
    """Take in a knock, tell staff, and give the receipt. The same form again gives the same one.

    shown: the *senast* that its form carried (``promised``). knows_nobody: the pupil was told that
    nobody can answer in time, if so it is, or cannot be asked. guarantees: those that hold for it
    besides the promise. flood: where it comes from, or where
    it goes to, there is one. device: the browser that it comes from, if it has been here before.
    identity: who its pupil is by e-ID, if they have logged in and said that it may be used.
    Raises NobodyInTime; FormReused when the form's id belongs to a knock that said something else.
    """
    form_hash = thread.hash_form(asked.form_id)
    work.at(school.municipality_id)
    work.show(form_hash)
    now = clock.now()
    policy = policy_of(school.municipality)
    promise, due_shown = promised.given(
        policy,
        now,
        shown,
        school.id,
        lambda since: [due for _one, due in clocks.dates(guarantees, since, policy)],
    )
    wall = asked.wanted.wall if asked.wanted else None
    receivers = Receivers(now, policy.is_closed)
    prospect = look(
        receivers.of_school(school.municipality_id, school.id), school.id, wall, asked.wanted,
        start=now, end=promise.due_at, avoided=asked.avoid_staff_ids,
    )  # fmt: skip
    if prospect.is_nobody and not knows_nobody and not _has_made_one(asked):
        raise NobodyInTime(
            _("Den du valde kan inte svara i tid. Välj någon annan, eller knacka på ändå.")
        )
    dated = clocks.dates(guarantees, promise.since, policy)
    code = receipt_code(asked.form_id)
    made = Knock(
        id=new_id(),
        municipality_id=school.municipality_id,
        school_id=school.id,
        form_hash=form_hash,
        form_print=keyring.keyed_hash("form-print", f"{school.id} {asked.said()}"),
        code_hash=hash_code(code),
        wanted=asked.wanted,
        wanted_staff_id=asked.wanted_staff_id,
        wall=wall,
        way=asked.way,
        phone=asked.phone,
        email=asked.email,
        safe_times=asked.safe_times,
        voicemail_ok=asked.voicemail_ok,
        neutral_sender=asked.neutral_sender,
        urgency=asked.urgency,
        triage=Triage.URGENT if asked.urgency is Urgency.URGENT else None,
        wished_gender=asked.wished_gender,
        interpreter=asked.interpreter,
        name=asked.name,
        school_class=asked.school_class,
        is_protected=asked.is_protected,
        identity_id=identity.id if identity else None,
        hides_identity=identity is not None and identity.hides,
        age_band=identity.age_band if identity else None,
        knocked_at=now,
        due_at=promise.due_at,
        due_shown=due_shown,
        deadline_at=min([promise.due_at, *(due for _guarantee, due in dated)]),
        pupil_wrote_at=now if asked.text else None,
        flood=floods.number_for(asked, flood, device),
    )
    if not insert_once(made):
        return _receipt_of(asked)
    for staff_id in set(asked.avoid_staff_ids):
        insert(Avoided(knock_id=made.id, staff_id=staff_id))
    if asked.text:
        insert(
            Message(
                knock_id=made.id,
                form_hash=made.form_hash,
                author=Author.PUPIL,
                text=asked.text,
                created_at=now,
            )
        )
    _record(Action.KNOCKED, made)
    if flood and flood.begins:
        floods.gather(flood)
    ladder.tell_of_new(made, cause="0", avoided=asked.avoid_staff_ids, receivers=receivers)
    waits.begin(
        Awaited.FIRST_CONTACT,
        made.about,
        municipality_id=made.municipality_id,
        due_at=promise.due_at,
        next_rung_at=plans.first_at(
            policy,
            Whom(receivers, made, asked.avoid_staff_ids),
            began_at=promise.since,
            due_at=promise.due_at,
            now=now,
        ),
        began_at=promise.since,
    )
    clocks.begin(made, dated, policy, since=promise.since)
    return Receipt(made, code, is_new=True)


def _has_made_one(asked: Asked) -> bool:
    known = select(Knock.id).where(Knock.form_hash == thread.hash_form(asked.form_id))
    return db.session.scalar(known) is not None


def _receipt_of(asked: Asked) -> Receipt:
    """Of the knock that the same form has made before."""
    known = db.session.scalars(
        select(Knock).where(Knock.form_hash == thread.hash_form(asked.form_id))
    ).one()
    moved = queries.transfers_of(known)
    school_id = moved[0].from_school_id if moved else known.school_id
    said = keyring.keyed_hash("form-print", f"{school_id} {asked.said()}")
    if said != known.form_print:
        raise FormReused(_("Du har redan knackat med det här formuläret."))
    return Receipt(known, receipt_code(asked.form_id), is_new=False)


def write(knock: Knock, text: str, *, form_id: str) -> None:
    """Add the pupil's text to the thread. The same form again adds nothing.

    Who has been in contact waits for an answer, by a date. What has been closed or withdrawn, and
    not been purged yet, is opened again. Raises as ``say``.
    """
    told_of = say(knock, text, form_id=form_id)
    if told_of is None:
        return
    cause = f"wrote:{told_of}"
    if not knock.is_open:
        _reopen(knock)
    else:
        moves.await_answer(knock)
    if knock.taken_by:
        _tell_taker(knock, Kind.PUPIL_WROTE, cause=cause)
    elif knock.awaits is not Awaited.FIRST_CONTACT:
        ladder.tell_of_new(knock, cause=cause)


def say(knock: Knock, text: str, *, form_id: str) -> str | None:
    """Add the pupil's text to the thread, and tell nobody: the caller does.

    Returns the id of the text that is told of: of those that nobody has read yet the first, since
    the others lie beside it. None when the same form has added it before. Raises InvalidInput for
    an empty or too long text, and while the thread is full (``rules.is_full``).
    """
    text = thread.checked(text)
    lock(knock)
    unread = thread.unread(knock)
    if thread.hash_form(form_id) not in {one.form_hash for one in knock.messages}:
        lately = [
            len(one.text)
            for one in knock.messages
            if one.author is Author.PUPIL and clock.now() - one.created_at < DAY
        ]
        if is_full(len(unread), lately, text):
            raise InvalidInput(
                _(
                    "Vi har inte hunnit läsa allt du skrev än. Din text är kvar. "
                    "Vänta lite på oss. Är det bråttom? Ring 112 eller gå till Hjälp nu."
                ),
                "text",
            )
    message = thread.add(knock, Author.PUPIL, text, form_id=form_id)
    if message is None:
        return None
    knock.pupil_wrote_at = message.created_at
    _record(Action.PUPIL_WROTE, knock)
    floods.stand_alone(knock)
    return unread[0].id if unread and knock.is_open else message.id


def _reopen(knock: Knock) -> None:
    """To whoever had it, if they may have it now; else to those who may take it."""
    holder = knock.taken_by
    if holder and not serving.may_have_again(queries.matter_of(knock), holder, clock.now()):
        holder = None
    moves.reopen(knock, holder)
    audit.record(
        Action.REOPENED,
        by=work.PUPIL,
        municipality_id=knock.municipality_id,
        about=knock.about,
        to_staff_id=holder.id if holder else None,
    )


def change_contact(knock: Knock, wanted: Contact) -> None:
    """The pupil chooses another way, number, address or time. The promise stands. Staff see that
    it changed, and whoever has the knock is told. What is the same changes nothing.

    Raises Conflict when it is closed or withdrawn.
    """
    lock(knock)
    moves.require_open(knock)
    chosen = asdict(wanted)
    for field in (
        "name",
        "school_class",
        "is_protected",
    ):  # said when it was needed; never unsaid by this
        chosen[field] = chosen[field] or getattr(knock, field)
    if all(getattr(knock, field) == value for field, value in chosen.items()):
        return
    for field, value in chosen.items():
        setattr(knock, field, value)
    knock.contact_changed_at = clock.now()
    _record(Action.CONTACT_CHANGED, knock)
    floods.stand_alone(knock)
    _tell_taker(knock, Kind.CONTACT_CHANGED, cause=f"contact:{new_id()}")


def withdraw(knock: Knock, *, shown: str | None) -> None:
    """The pupil takes the knock back. Withdrawing twice is withdrawing once.

    shown: the id of the last text that the pupil had before them; None of none.
    Raises NewText when staff have written since, Conflict when it is closed.
    """
    lock(knock)
    if knock.state is State.WITHDRAWN:
        return
    moves.require_open(knock)
    thread.require_shown(knock, shown, of=Author.STAFF)
    moves.end(knock, Step.WITHDRAW)
    _record(Action.WITHDRAWN, knock)
    # What was opened again can be taken back again.
    cause = f"withdrawn:{knock.id}:{clock.now().timestamp():.0f}"
    _tell_taker(knock, Kind.WITHDRAWN, cause=cause)


def saw(knock: Knock, shown: thread.Shown | None = None) -> None:
    """The pupil has the thread on a screen: staff's messages are seen, and so the pupil reached.

    shown: what of it; None: all there is.
    """
    notices.mark_seen_by_pupil(knock.about, until=shown.at if shown else None)
    if thread.mark_seen(knock, Author.STAFF, shown):
        db.session.execute(
            update(Knock)
            .where(Knock.id == knock.id, Knock.reached_at.is_(None))
            .values(reached_at=clock.now())
        )
        if knock.awaits is Awaited.GUARANTEE:
            clocks.end_reached(knock, at=clock.now())


def _tell_taker(
    knock: Knock,
    kind: Kind,
    *,
    cause: str,
) -> None:
    if knock.taken_by:
        notices.post(
            kind, [knock.taken_by], cause=cause, about=knock.about, due_at=knock.deadline_at
        )


def _record(action: Action, knock: Knock) -> None:
    audit.record(action, by=work.PUPIL, municipality_id=knock.municipality_id, about=knock.about)
