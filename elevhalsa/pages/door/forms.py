"""The knock form: what a pupil may say, and what it takes for it to be usable."""

from dataclasses import asdict
from typing import Any

from wtforms import BooleanField, Field, RadioField, SelectMultipleField
from wtforms.validators import ValidationError

from elevhalsa.core.i18n import _l
from elevhalsa.core.walls import Profession
from elevhalsa.domain.knocks.rules import MOST_TEXT, Asked
from elevhalsa.domain.knocks.words import Urgency
from elevhalsa.domain.people import directory
from elevhalsa.domain.people.directory import Elsewhere, SchoolView
from elevhalsa.domain.people.words import Gender
from elevhalsa.domain.places import rules as places
from elevhalsa.web.contact import LINE, ContactForm
from elevhalsa.web.forms import FormIdField, LineField, TextField, TokenField, most

ANYBODY = "any"
LOOK = "sok"
"""The button beside what is looked for."""
LEAST_LOOKED_FOR = 3
"""Letters of a name at another school."""
MOST_FOUND = 8
"""Of more one is asked to write more: nobody gets a list of all who work in the municipality."""


class Somebody:
    """A validator: somebody here who answers is asked for, and may know of it. The same is not both
    chosen and avoided by a pupil who meant it: which of the two was meant is asked, before it is
    sent."""

    NOT_CHOSEN = _l("Välj vem du vill ha kontakt med.")
    THE_SAME = _l("Du har valt samma person som du inte vill ska veta. Ändra ett av valen.")
    NOBODY = _l("Nu får ingen av oss veta. Ta bort något kryss, så att någon kan svara.")
    NONE_OF_THEM = _l(
        "De som kan svara ska inte få veta. Välj någon annan, eller ta bort ett kryss."
    )

    def __call__(self, form: "KnockForm", field: Field) -> None:
        who = field.data
        if who not in form.meant():
            raise ValidationError(str(self.NOT_CHOSEN))
        asked = {p.id for p in form.school.people if who in (ANYBODY, p.profession, p.id)}
        if not asked or not asked <= set(form.ticked()):
            return  # nobody of that name or profession is here at all, or somebody may know
        if who in (form.avoid.data or ()):
            raise ValidationError(str(self.THE_SAME))
        raise ValidationError(str(self.NOBODY if who == ANYBODY else self.NONE_OF_THEM))

    def told(self, form: "KnockForm") -> dict[str, Any]:
        return {
            "means": form.meant(),
            "anybody": ANYBODY,
            "avoids": form.avoid.name,
            "not_chosen": str(self.NOT_CHOSEN),
            "the_same": str(self.THE_SAME),
            "nobody": str(self.NOBODY),
            "none_of_them": str(self.NONE_OF_THEM),
        }


class LookedFor:
    """Of a name at another school: the server looks before it checks anything (``looks``); a phone
    that cannot ask it says so."""

    NOT_NOW = _l("Det går inte att leta just nu. Ta bort det du skrev här, eller vänta på nät.")

    def __call__(self, form: "KnockForm", field: Field) -> None:
        pass

    def told(self, form: "KnockForm") -> dict[str, Any]:
        told = {"button": LOOK, "last": form.found.name, "cannot_look": str(self.NOT_NOW)}
        return {"looks": told}


class KnockForm(ContactForm):
    who = RadioField(validators=[Somebody()], validate_choice=False)
    avoid = SelectMultipleField(choices=[], validate_choice=False)
    find = LineField(LINE, LookedFor())
    """Whom the pupil looks for at other schools, in order not to be known to."""
    found = LineField(LINE)
    """What was looked for last: the page says what was found."""
    text = TextField(most(MOST_TEXT))
    urgency = RadioField(validate_choice=False)
    wished_gender = RadioField(validate_choice=False)
    interpreter = LineField(LINE)
    name = LineField(LINE)
    school_class = LineField(LINE)
    protected = BooleanField()
    form_id = FormIdField()
    senast = TokenField(default="")
    """What the page showed, signed (``knocks.promised``)."""
    nobody = SelectMultipleField(choices=[], validate_choice=False)
    """Of whom the page said that they cannot answer in time."""
    login = TokenField(default="")
    """Whose name was in the form by e-ID."""
    own = BooleanField()
    """Sent by the service worker for who said, without a net, that the phone is theirs."""

    def __init__(self, school: SchoolView, formdata: Any = None) -> None:
        super().__init__(formdata, sms_countries=school.municipality.sms_countries)
        self.school = school
        for name in [one for one in self._fields if one not in ("who", "avoid", "find", "found")]:
            self._fields[name] = self._fields.pop(name)  # in the order of the page

    def looks(self, *, pressed: bool) -> bool:
        """Is somebody to be looked for before it is sent? So they are when a name was written and
        the button beside it was not pressed: it was written in order that they should not know."""
        return bool(self.find.data) and (pressed or self.find.data != self.found.data)

    @property
    def matches(self) -> list[Elsewhere] | None:
        """Who is found at other schools; None of nothing to look for, or of too many."""
        typed = self.find.data or ""
        if len(typed) < LEAST_LOOKED_FOR:
            return None
        found = places.named_like(typed, directory.elsewhere(self.school))
        return found if len(found) <= MOST_FOUND else None

    @property
    def elsewhere(self) -> list[Elsewhere]:
        """Those at other schools who can be ticked: who are, and who have been found."""
        ticked, found = set(self.avoid.data or ()), self.matches or []
        every = directory.elsewhere(self.school) if ticked or found else []
        return [one for one in every if one.key in ticked or one in found]

    def meant(self) -> dict[str, list[int]]:
        """What can be chosen, and whom of those here it means, as numbers: one for each whose name
        is shown, one for all others of a profession, so that nobody learns how many they are."""
        shown = [(p.profession, p.id if p.name else None) for p in self.school.people]
        one_each = list(dict.fromkeys(shown))
        means: dict[str, list[int]] = {ANYBODY: list(range(len(one_each)))}
        means |= {profession.value: [] for profession in self.school.professions}
        for number, (profession, person) in enumerate(one_each):
            means[profession.value].append(number)
            if person:
                means[person] = [number]
        return means

    def asked(self) -> Asked:
        """What was said, for ``knocks.asking.knock``. Only of a form that validated."""
        school = self.school
        person = next((p for p in school.people if p.name and p.id == self.who.data), None)
        profession = person.profession if person else None
        if person is None and self.who.data != ANYBODY:
            profession = Profession(self.who.data)
        how = asdict(self.contact())
        how["name"] = how["name"] or self.name.data or None
        how["school_class"] = how["school_class"] or self.school_class.data or None
        how["is_protected"] = how["is_protected"] or bool(how["name"] and self.protected.data)
        return Asked(
            form_id=self.form_id.data,
            wanted=profession,
            wanted_staff_id=person.id if person else None,
            avoid_staff_ids=self.ticked(),
            text=self.text.data or None,
            urgency=next((word for word in Urgency if word == self.urgency.data), None),
            wished_gender=next((w for w in Gender if w == self.wished_gender.data), None),
            interpreter=self.interpreter.data or None,
            **how,
        )

    def ticked(self) -> tuple[str, ...]:
        """Who was ticked by name, or is of a profession that was, here or at another school."""
        ticked = set(self.avoid.data or ())
        here = {
            person.id
            for person in self.school.people
            if person.profession in ticked or (person.name and person.id in ticked)
        }
        others = (one.ids for one in directory.elsewhere(self.school) if one.key in ticked)
        return tuple(sorted(here.union(*others)))
