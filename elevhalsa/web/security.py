"""Cookies and headers. No inline script or style, no third party, nothing framed."""

from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from elevhalsa.config import Settings

from . import access, front

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # same-origin, not no-referrer: with the latter browsers send "Origin: null" with a form.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"


def flask_config(settings: Settings) -> dict[str, Any]:
    prefix = "__Host-" if settings.is_secure else ""
    return {
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": f"{prefix}session",
        "SESSION_COOKIE_SECURE": settings.is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_CHECK_DEFAULT": False,  # access does, after it has looked at the host
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": True,
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "TESTING": settings.app_env == "test",
        "PREFERRED_URL_SCHEME": "https" if settings.is_secure else "http",
    }


class CookieSessions(SecureCookieSessionInterface):
    """Flask's own, without making its signer anew for every request, with a cookie or not."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """What is the same for everybody neither knows of a session nor varies with one."""
        if not isinstance(response, front.Public):
            super().save_session(app, session, response)


def init_app(app: Flask) -> None:
    app.session_interface = CookieSessions()
    settings: Settings = app.config["SETTINGS"]
    headers = dict(HEADERS)
    if settings.is_secure:
        headers["Strict-Transport-Security"] = HSTS
    # Personal pages are never stored; so neither is anything not said to be public.
    headers["Cache-Control"] = "no-store"
    usual = [(name, name.lower(), value) for name, value in headers.items()]

    @app.after_request
    def _headers(response: Response) -> Response:
        said = {name.lower() for name, _value in response.headers}
        for name, lower, value in usual:
            if lower not in said:  # a page may ask for a stricter one
                response.headers.add(name, value)
        if access.is_personal(request.endpoint):
            response.headers["X-Robots-Tag"] = "noindex"
        return response
