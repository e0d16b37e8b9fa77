"""The Flask extensions, unbound. The factory binds them to an app."""

from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx, request
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from elevhalsa.core import clock
from elevhalsa.core.addresses import place
from elevhalsa.core.crypto import keyring


class Base(DeclarativeBase):
    """Parent of every model; constraints get predictable names so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def visitor_key() -> str:
    """Whose rate limit: 32 hexadecimal characters that cannot be led back to an address.

    A keyed hash with the day in it, so that two days cannot be put together either.
    """
    today = clock.now().date().isoformat()
    return keyring.keyed_hash("visitor", f"{today} {place(request.remote_addr or '')}")[:32]


class HtmxRequests(Htmx):
    """True within a request that htmx made for a part of a page."""

    def __bool__(self) -> bool:
        return bool(request.htmx)


class ViewLimiter(Limiter):
    """Limits are only ever said at a view, so the hook that looks for other kinds before every
    request is left out. The one afterwards stays: it counts what ``deduct_when`` says to count."""

    def init_app(self, app: Flask) -> None:
        before = list(app.before_request_funcs.get(None, ()))
        super().init_app(app)
        app.before_request_funcs[None] = before


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
htmx = HtmxRequests()
limiter = ViewLimiter(key_func=visitor_key, swallow_errors=True)
