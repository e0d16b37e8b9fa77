"""The knock form: what a pupil may say, and what it takes for it to be usable."""

from wtforms import BooleanField, Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Email, ValidationError

from elevhalsa.core.crypto import new_id
from elevhalsa.core.i18n import _
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.rules import MOST_TEXT, Asked, is_form_id, phone_number
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.people.directory import SchoolView

ANYBODY = "any"
MOST_LINE = 200


def _strip(value: str | None) -> str:
    return (value or "").strip()


def _line() -> StringField:
    return StringField(filters=[_strip])


class KnockForm(Form):
    """Only the chosen way's fields are read; the others may hold anything."""

    who = RadioField(choices=[], validate_choice=False)
    avoid = SelectMultipleField(choices=[], validate_choice=False)
    way = RadioField(choices=[], validate_choice=False)
    sms_phone = _line()
    sms_neutral = BooleanField()
    call_phone = _line()
    call_when = _line()
    call_voicemail = BooleanField()
    call_neutral = BooleanField()
    email = _line()
    email_neutral = BooleanField()
    meet_name = _line()
    meet_class = _line()
    meet_where = _line()
    text = TextAreaField(filters=[_strip])
    name = _line()
    school_class = _line()
    form_id = _line()

    def problems(self, school: SchoolView) -> dict[str, str]:
        """What must be mended, by field name; empty when the form can be taken in."""
        checks = {
            "who": self._who_problem(school),
            "way": None if self.way.data in list(Way) else _("Välj hur vi ska kontakta dig."),
            "text": _too_long(self.text.data, MOST_TEXT),
        }
        for name in self._lines_in_use():
            checks[name] = _too_long(self[name].data, MOST_LINE)
        way = self.way.data
        if way == Way.SMS:
            checks["sms_phone"] = _phone_problem(self.sms_phone.data)
        elif way == Way.CALL:
            checks["call_phone"] = _phone_problem(self.call_phone.data)
        elif way == Way.EMAIL:
            checks["email"] = self._email_problem()
        elif way == Way.MEET:
            if not self.meet_name.data:
                checks["meet_name"] = _("Skriv vad du heter, så att vi hittar dig.")
            if not self.meet_class.data:
                checks["meet_class"] = _("Skriv din klass, så att vi hittar dig.")
        return {name: text for name, text in checks.items() if text}

    def _lines_in_use(self) -> tuple[str, ...]:
        way_lines = {
            Way.SMS: ("sms_phone",),
            Way.CALL: ("call_phone", "call_when"),
            Way.EMAIL: ("email",),
            Way.MEET: ("meet_name", "meet_class", "meet_where"),
        }
        return (*way_lines.get(self.way.data, ()), "name", "school_class")

    def _who_problem(self, school: SchoolView) -> str | None:
        who = self.who.data
        known = {ANYBODY, *school.professions, *(p.id for p in school.people if p.name)}
        return None if who in known else _("Välj vem du vill ha kontakt med.")

    def _email_problem(self) -> str | None:
        try:
            Email()(self, self.email)
        except ValidationError:
            return _("Titta på adressen en gång till. Den ska se ut så här: namn@exempel.se")
        return None

    def asked(self, school: SchoolView) -> Asked:
        """What was said, for ``knocks.service.knock``. Only after ``problems`` found none."""
        person = next((p for p in school.people if p.name and p.id == self.who.data), None)
        profession = person.profession if person else None
        if person is None and self.who.data != ANYBODY:
            profession = Profession(self.who.data)
        way = Way(self.way.data)
        at_school = way is Way.MEET
        phone = {Way.SMS: self.sms_phone.data, Way.CALL: self.call_phone.data}.get(way)
        neutral = {
            Way.SMS: self.sms_neutral.data,
            Way.CALL: self.call_neutral.data,
            Way.EMAIL: self.email_neutral.data,
        }
        when_and_where = {Way.CALL: self.call_when.data, Way.MEET: self.meet_where.data}
        return Asked(
            form_id=self.form_id.data,
            wanted=profession,
            wanted_staff_id=person.id if person else None,
            avoid_staff_ids=self._avoided(school, besides=person.id if person else None),
            way=way,
            phone=phone_number(phone) if phone else None,
            email=self.email.data if way is Way.EMAIL else None,
            safe_times=when_and_where.get(way) or None,
            voicemail_ok=way is Way.CALL and self.call_voicemail.data,
            neutral_sender=bool(neutral.get(way)),
            text=self.text.data or None,
            name=(self.meet_name.data if at_school else self.name.data) or None,
            school_class=(self.meet_class.data if at_school else self.school_class.data) or None,
        )

    def _avoided(self, school: SchoolView, *, besides: str | None) -> tuple[str, ...]:
        """Persons ticked by name, or everybody here of a profession that was ticked."""
        ticked = set(self.avoid.data or ())
        return tuple(
            sorted(
                person.id
                for person in school.people
                if person.id != besides
                and (person.profession in ticked or (person.name and person.id in ticked))
            )
        )

    def ensure_form_id(self) -> None:
        """A form that came without a usable id gets one, so that nothing typed is refused."""
        if not is_form_id(self.form_id.data):
            self.form_id.data = new_id()


def _phone_problem(typed: str) -> str | None:
    if not typed:
        return _("Skriv ditt nummer, så att vi kan nå dig.")
    if phone_number(typed) is None:
        return _("Titta på numret en gång till. Det ska se ut så här: 070 123 45 67")
    return None


def _too_long(typed: str, most: int) -> str | None:
    if len(typed) <= most:
        return None
    return _("Texten är lite för lång. Högst %(most)s tecken får plats.", most=most)
