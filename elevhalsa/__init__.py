"""Elevhälsa online: the factory. What the app is made of fits this screen."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import adapters, cli, config, database, pages
from .core import i18n
from .core.crypto import keyring
from .domain import models  # noqa: F401  (every table, before the first query)
from .extensions import babel, csrf, db, htmx, limiter, login_manager
from .web import (
    access,
    addresses,
    assets,
    discreet,
    errors,
    front,
    identified,
    incoming,
    leaving,
    limits,
    looking,
    migrations,
    security,
    signed_in,
    template_tools,
    tenant,
    transaction,
    visitor,
    watched,
)


def create_app(settings: config.Settings | None = None) -> Flask:
    """The app, ready to serve.

    settings: taken from the environment when left out.
    Raises SettingError when a setting is missing or malformed.
    """
    settings = settings or config.load()
    keyring.configure(settings.encryption_keys, settings.hash_key)

    app = Flask(
        "elevhalsa",
        root_path=str(config.ROOT),
        static_folder=None,
        instance_path=str(config.ROOT / "instance"),
    )
    app.config.from_mapping(security.flask_config(settings))
    app.config.from_mapping(database.flask_config(settings))
    app.config.from_mapping(limits.flask_config(settings))
    app.config["SETTINGS"] = settings

    db.init_app(app)
    babel.init_app(app, default_locale=i18n.SOURCE, default_timezone="Europe/Stockholm")
    htmx.init_app(app)

    for feature in (
        looking, incoming, database, migrations, adapters, addresses, tenant, signed_in,
        template_tools, discreet, pages, errors, cli, leaving, transaction, access, visitor,
        identified, security, assets, front, watched,
    ):  # fmt: skip
        feature.init_app(app)
    csrf.init_app(app)  # after the guard: a post from nowhere is told so, not that it is stale
    login_manager.init_app(app, add_context_processor=False)
    limiter.init_app(app)

    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
