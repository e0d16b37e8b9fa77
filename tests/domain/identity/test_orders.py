"""Orders at an API that says what a test has laid out."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from elevhalsa import work
from elevhalsa.core import clock
from elevhalsa.core.crypto import new_id
from elevhalsa.core.ports import EidAsker, EidFailed, EidNews, EidOrdered, EidPerson
from elevhalsa.domain.identity import orders, rules, service
from elevhalsa.domain.identity.models import EidOrder, Identity
from elevhalsa.domain.identity.orders import Wanted
from elevhalsa.domain.identity.words import AgeBand, App, State, Told
from elevhalsa.domain.knocks import asking, identified
from elevhalsa.extensions import db
from tests.domain.helpers import everything_stored

NUMBER, NAME, ADDRESS = "201301010000", "Exempel Elevsson", "192.0.2.7"
ME = EidAsker(ADDRESS, "Exempelwebb/1", "localhost", "marke")
PENDING = EidNews("pending", "outstandingTransaction")
COMPLETE = EidNews("complete", None, EidPerson(NUMBER, NAME, ADDRESS, "low"))
START_FAILED = EidNews("failed", "startFailed")


class Api:
    """Gives what was laid out, one for each time that it is asked."""

    def __init__(self) -> None:
        self.news: list[EidNews | str] = []
        self.started = 0
        self.return_url: str | None = None
        self.asked: list[str] = []

    def start(self, asker: EidAsker, *, return_url: str | None) -> EidOrdered:
        self.started += 1
        self.return_url = return_url
        return EidOrdered(f"order-{self.started}", "start", f"qr-{self.started}", "secret")

    def collect(self, order_ref: str) -> EidNews:
        self.asked.append(order_ref)
        news = self.news.pop(0)
        if isinstance(news, str):
            raise EidFailed(news)
        return news

    def cancel(self, order_ref: str) -> None:
        raise AssertionError


@pytest.fixture
def database_url(request):
    """SQLite, but for what the two databases do each in its own way."""
    return request.getfixturevalue(getattr(request, "param", "sqlite_url"))


BOTH = pytest.mark.parametrize("database_url", ["sqlite_url", "postgres_url"], indirect=True)


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def begin(app, make, api):
    school = make.school()

    def begin(app: App = App.ELSEWHERE, *, returns: bool = False) -> str:
        url = (lambda nonce: f"https://x.invalid/{nonce}") if returns else None
        token = orders.start(api, ME, Wanted(school.municipality_id, school.id, app, url))
        db.session.commit()
        return token

    return begin


def hears(api: Api, token: str, *news: EidNews | str, seconds: int = 3) -> EidOrder | None:
    """So many seconds later, once for each."""
    found = None
    for one in news:
        api.news = [one]
        with clock.frozen(clock.now() + timedelta(seconds=seconds)), work.unit():
            found = orders.hear(api, ME, orders.find(token))
    return found


def nonce_of(api: Api) -> str:
    return api.return_url.rpartition("/")[2]


@BOTH
def test_a_login_goes_to_the_browser_that_began_it_and_only_once(begin, api):
    token = begin()
    order = hears(api, token, COMPLETE)
    assert (order.state, order.told) == (State.DONE, Told.PROCESSING)
    assert orders.find("another browser's") is None
    fetched = orders.fetch(order)
    assert fetched.token != token
    db.session.commit()
    assert orders.find(token) is None
    found = service.find(fetched.token)
    assert (found.name, found.number, found.age_band) == (NAME, NUMBER, AgeBand.FROM_12)
    assert service.find(token) is None
    assert found.confirmed_at is None


@BOTH
def test_what_is_kept_of_it_is_encrypted(begin, api):
    orders.fetch(hears(api, begin(), COMPLETE))
    db.session.commit()
    stored = everything_stored()
    for word in (NUMBER, NAME, "Elevsson", ADDRESS, "20130101", "2013-01-01", "Exempelwebb"):
        assert word not in stored
    assert db.session.scalars(db.select(Identity)).one().subject_hash in stored


def test_secrets_are_gone_from_the_row_once_it_is_over(begin, api):
    order = hears(api, begin(), EidNews("failed", "userCancel"))
    assert not (order.order_ref or order.start_token or order.qr_token or order.qr_secret)
    assert hears(api, begin(App.HERE), person("198.51.100.1")).place_hash is None


def test_a_number_without_a_day_is_somebody_of_no_known_age(begin, api):
    said = EidNews("complete", None, EidPerson("209999990000", NAME, ADDRESS, "low"))
    assert orders.fetch(hears(api, begin(), said)).identity.age_band is None


def test_with_a_return_address_it_must_come_back_with_the_nonce(begin, api):
    token = begin(App.HERE, returns=True)
    order = hears(api, token, COMPLETE)
    for wrong in (None, "", "x", nonce_of(api)[:-1], nonce_of(api) + "x"):
        assert orders.fetch(order, wrong) is None
    right = nonce_of(api)
    assert orders.fetch(order, right)
    assert orders.fetch(order, right) is None  # replayed


def test_of_two_pages_that_fetch_it_one_gets_it(begin, api):
    order = hears(api, begin(), COMPLETE)
    assert orders.fetch(order)
    assert orders.fetch(order) is None


def test_bankid_is_asked_every_other_second_however_many_pages_ask(begin, api):
    token = begin()
    api.news = [PENDING] * 50
    start = clock.now()
    for half in range(20):  # ten seconds
        with clock.frozen(start + timedelta(seconds=half / 2)):
            orders.hear(api, ME, orders.find(token))
            db.session.commit()
    assert len(api.asked) == 5


@BOTH
def test_while_one_page_waits_for_the_answer_no_other_asks(begin, api, app):
    token = begin()
    order = orders.find(token)

    class Slow(Api):
        def collect(self, order_ref: str) -> EidNews:
            with clock.frozen(clock.now() + timedelta(seconds=5)):
                orders.hear(api, ME, orders.find(token))  # would fail: nothing is laid out
                db.session.commit()
            return COMPLETE

    assert orders.hear(Slow(), ME, order).state is State.DONE
    assert api.asked == []


def test_what_failed_says_why(begin, api):
    for hint, told in rules.FAILURES.items():
        if told is not Told.NO_APP:
            assert hears(api, begin(), EidNews("failed", hint)).told is told


def test_an_error_that_passes_ends_nothing_and_any_other_does(begin, api):
    for code in rules.ERRORS:
        told = rules.unheard(code, Told.OUTSTANDING)
        order = hears(api, begin(), code)
        state = State.WAITING if told in {*rules.PASSES, Told.OUTSTANDING} else State.FAILED
        assert (order.state, order.told) == (state, told)


def test_a_qr_code_that_nobody_reads_is_followed_by_another_a_few_times(begin, api):
    token = begin()
    for number in range(rules.MOST_RENEWALS):
        order = hears(api, token, START_FAILED, seconds=3 * number + 3)
        assert (order.state, order.qr_token) == (State.WAITING, f"qr-{number + 2}")
    order = hears(api, token, START_FAILED, seconds=60)
    assert (order.state, order.told) == (State.FAILED, Told.NO_APP)
    assert api.started == rules.MOST_RENEWALS + 1


def test_on_the_same_device_an_app_that_never_opened_ends_it(begin, api):
    assert hears(api, begin(App.HERE), START_FAILED).told is Told.NO_APP


def person(address: str, risk: str | None = "low") -> EidNews:
    return EidNews("complete", None, EidPerson(NUMBER, NAME, address, risk))


@pytest.mark.parametrize(
    ("returns", "address", "told"),
    [
        (True, "198.51.100.1", Told.OTHER_NET),
        (True, "2001:db8::1", Told.PROCESSING),  # one of each kind says nothing
        (False, "2001:db8::1", Told.OTHER_NET),  # but then there must be something else
        (False, ADDRESS, Told.PROCESSING),
    ],
)
def test_an_app_here_is_where_the_browser_is(begin, api, returns, address, told):
    order = hears(api, begin(App.HERE, returns=returns), person(address))
    assert order.told is told
    assert db.session.query(Identity).count() == (told is Told.PROCESSING)


def test_an_app_on_another_device_may_be_anywhere(begin, api):
    assert hears(api, begin(), person("198.51.100.1")).state is State.DONE


def test_a_high_risk_is_honoured(begin, api):
    for app in App:
        assert hears(api, begin(app), person(ADDRESS, "high")).told is Told.RISK
    assert db.session.query(Identity).count() == 0


@BOTH
def test_who_leaves_gets_nothing_although_the_answer_was_on_its_way(begin, api):
    token = begin()

    class Leaves(Api):
        def collect(self, order_ref: str) -> EidNews:
            assert orders.leave(orders.find(token)) == order_ref
            db.session.commit()
            return COMPLETE

    order = orders.hear(Leaves(), ME, orders.find(token))
    assert (order.state, order.told) == (State.LEFT, Told.LEFT)
    assert db.session.query(Identity).count() == 0


def test_who_leaves_what_is_done_and_not_fetched_leaves_nobody_logged_in(begin, api):
    order = hears(api, begin(), COMPLETE)
    assert orders.leave(order) is None  # nothing to cancel at BankID
    db.session.commit()
    assert orders.fetch(order) is None
    assert identified.forget_unused() == 1


@BOTH
def test_a_login_ends_after_half_an_hour_and_goes_with_its_last_knock(begin, api, make):
    order = hears(api, begin(), COMPLETE)
    fetched = orders.fetch(order)
    identity = fetched.identity
    first = asking.knock(make.school(), make.asked(), identity=identity).knock
    second = asking.knock(make.school(), make.asked(form_id=new_id()), identity=identity).knock
    service.end(identity)
    db.session.commit()
    assert service.find(fetched.token) is None
    assert identified.forget_unused() == 0
    for knock in (first, second):
        asking.withdraw(knock, shown=None)
    db.session.commit()
    from elevhalsa.domain.purging import purge

    with clock.frozen(clock.now() + timedelta(days=181)):
        assert purge() == 2
    assert db.session.query(Identity).count() == 0


def test_time_ends_it_too(begin, api):
    token = begin()
    fetched = orders.fetch(hears(api, token, COMPLETE))
    db.session.commit()
    with clock.frozen(clock.now() + rules.LOGIN + timedelta(minutes=1)):
        assert service.find(fetched.token) is None
        assert identified.forget_unused() == 1
    token = begin()
    with clock.frozen(clock.now() + rules.LIVES):
        assert orders.find(token) is None
        assert orders.forget_expired() == 1


@BOTH
def test_of_many_at_the_very_same_time_one_asks_and_one_fetches(begin, api, app):
    token = begin()
    api.news = [COMPLETE]
    at_once = Barrier(4)
    fetched = []

    def one() -> None:
        with app.app_context():
            at_once.wait(10)
            with work.unit():
                order = orders.find(token)
                heard = orders.hear(api, ME, order) if order else None
                found = orders.fetch(heard) if heard else None
            if found:
                fetched.append(found.token)
            db.session.remove()

    threads = [Thread(target=one) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(api.asked) == len(fetched) == 1
    db.session.rollback()
    assert db.session.query(Identity).count() == 1
