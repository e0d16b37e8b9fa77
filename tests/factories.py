"""Things that tests are about, made with the real services. Names are obviously made up."""

from datetime import UTC, date, datetime
from typing import Any

from elevhalsa.core.crypto import new_id
from elevhalsa.core.walls import SCHOOL_PROFESSIONS, Profession
from elevhalsa.domain.knocks import asking
from elevhalsa.domain.knocks.asking import Receipt
from elevhalsa.domain.knocks.rules import Asked
from elevhalsa.domain.knocks.words import Way
from elevhalsa.domain.people.models import Assignment, Staff, hash_email
from elevhalsa.domain.places import rules
from elevhalsa.domain.places.models import Municipality, Organisation, School, SchoolAddress
from elevhalsa.domain.places.words import PROFESSIONS_AT, OrganisationKind
from elevhalsa.domain.retention.models import RetentionDecision
from elevhalsa.domain.retention.words import RecordKind
from elevhalsa.extensions import db

LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)


class Make:
    """One municipality unless another is named; everything is committed."""

    def __init__(self, *, after: int = 0) -> None:
        """after: the number from which what it makes is named."""
        self._home: Municipality | None = None
        self._number = after

    @property
    def home(self) -> Municipality:
        if self._home is None:
            self._home = self.municipality()
        return self._home

    def _next(self) -> int:
        self._number += 1
        return self._number

    def municipality(self, *, has_decision: bool = True, **values: Any) -> Municipality:
        """has_decision: a decision stands on how long its knocks are kept."""
        number = self._next()
        row = Municipality(**{"slug": f"exempel-{number}", "name": f"Exempel {number}"} | values)
        db.session.add(row)
        db.session.flush()
        if has_decision:
            db.session.add(
                RetentionDecision(
                    id=new_id(), municipality_id=row.id, kind=RecordKind.KNOCK,
                    days=row.retention_days, reference="EX 2026/1 § 1",
                    decided_on=date(2026, 1, 1), decided_by="Exempelnämnden", since=LONG_AGO,
                )
            )  # fmt: skip
        db.session.commit()
        return row

    def school(self, **values: Any) -> School:
        number = self._next()
        row = School(
            **{
                "municipality_id": self.home.id,
                "slug": f"exempelskolan-{number}",
                "name": f"Exempelskolan {number}",
            }
            | values
        )
        db.session.add(row)
        db.session.flush()
        space = rules.slug_space(row.municipality_id, row.municipality.host)
        db.session.add(SchoolAddress(space=space, slug=row.slug, school_id=row.id))
        db.session.commit()
        return row

    def staff(
        self,
        profession: Profession | None = Profession.NURSE,
        schools: list[School] | None = None,
        **values: Any,
    ) -> Staff:
        number = self._next()
        email = f"person-{number}@exempel.invalid"
        if profession and profession not in SCHOOL_PROFESSIONS and "organisation_id" not in values:
            kind = next(one for one, some in PROFESSIONS_AT.items() if profession in some)
            home = values.get("municipality_id", self.home.id)
            values["organisation_id"] = self.organisation(kind, municipality_id=home).id
        row = Staff(
            **{
                "municipality_id": self.home.id,
                "coordinates": profession is None and "organisation_id" not in values,
                "leads": profession is None and "organisation_id" in values,
                "profession": profession,
                "name": f"Person {number}",
                "email": email,
                "email_hash": hash_email(email),
                "key_offered": True,
            }
            | values
        )
        row.assignments = [Assignment(school_id=school.id) for school in schools or []]
        db.session.add(row)
        db.session.commit()
        return row

    def organisation(
        self, kind: OrganisationKind = OrganisationKind.OPEN_HELP, **values: Any
    ) -> Organisation:
        number = self._next()
        row = Organisation(
            **{
                "municipality_id": self.home.id,
                "kind": kind,
                "name": f"Exempelverksamheten {number}",
                "at_door": True,
            }
            | values
        )
        db.session.add(row)
        db.session.commit()
        return row

    def leader(self, organisation: Organisation) -> Staff:
        """Who coordinates an organisation and has no profession there."""
        return self.staff(None, organisation_id=organisation.id)

    def nurse(self, *schools: School) -> Staff:
        return self.staff(Profession.NURSE, list(schools))

    def counsellor(self, *schools: School) -> Staff:
        return self.staff(Profession.COUNSELLOR, list(schools))

    def coordinator(self) -> Staff:
        return self.staff(None)

    def asked(self, **values: Any) -> Asked:
        defaults: dict[str, Any] = {
            "form_id": new_id(),
            "wanted": Profession.COUNSELLOR,
            "wanted_staff_id": None,
            "avoid_staff_ids": (),
            "way": Way.APP,
        }
        return Asked(**defaults | values)

    def knock(self, school: School, **values: Any) -> Receipt:
        """Knocks with ``asked(**values)`` and commits."""
        receipt = asking.knock(school, self.asked(**values))
        db.session.commit()
        return receipt
