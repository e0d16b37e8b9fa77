"""What people see: one package each, with views and forms. They never import each other."""

from flask import Flask

from . import (
    consents,
    consultations,
    coordinator,
    disclosure,
    door,
    eid,
    inbox,
    method,
    mine,
    move,
    municipality,
    ops,
    partners,
    push,
    pwa,
    referrals,
    shortcuts,
    signin,
    staffing,
    week,
)


def init_app(app: Flask) -> None:
    for package in (
        door, eid, mine, move, consents, signin, inbox, disclosure, staffing, week, coordinator,
        municipality, method, partners, referrals, pwa, push, shortcuts, consultations, ops,
    ):  # fmt: skip
        app.register_blueprint(package.blueprint)
