from elevhalsa.domain.knocks import queries, service
from elevhalsa.core.crypto import new_id
from elevhalsa.extensions import db
def test_a(make):
    s=make.school(); n=make.nurse(s); c=make.counsellor(s)
    r=make.knock(s, text="hej")
    print(r.code)
    assert queries.inbox(c, queries.Tab.WAITING).knocks
    assert not queries.inbox(n, queries.Tab.WAITING).knocks
    service.answer(c, r.knock, "hej", form_id=new_id()); db.session.commit()
    assert r.knock.kept_at
    print(queries.summary(c), queries.school_figures(make.coordinator()))
