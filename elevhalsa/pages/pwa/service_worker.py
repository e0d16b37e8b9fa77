"""What the service worker is made of. Its version follows from its own text and the names of the
files it keeps, so that a phone takes a new one exactly when something in it has changed."""

import hashlib
import re

from flask import current_app, render_template, url_for

from elevhalsa.web import discreet, leaving
from elevhalsa.web.assets import address
from elevhalsa.web.leaving import Out

CSP = "default-src 'none'; script-src 'self'; connect-src 'self'"
"""A worker has the policy of its own address, not that of the page that started it."""
PAGES = ("door.index", "door.knock", "door.help_now", "door.how_it_works")
"""Public pages that open without a net after one visit."""
ASSETS = ("css/base.css", "js/pupil.js", "js/offline.js")
"""Files that those pages need, besides the app's mark."""
COMMENT = re.compile(r"^\s*//.*\n|^\s*\n|^ +", re.MULTILINE)
VERSION = "put-the-version-here"
ANOTHER_VERSION = "PWA_VERSION"
"""A setting by which a test makes a new version without changing a file."""


def another_version() -> str:
    return str(current_app.config.get(ANOTHER_VERSION, ""))


def source() -> str:
    """The script, for the look that this browser has chosen."""
    text = render_template(
        "pwa/sw.js",
        version=VERSION,
        pages=[url_for(endpoint) for endpoint in PAGES],
        assets=[address(name) for name in (*ASSETS, discreet.icon())],
        subscription=address("js/subscription.js"),
        check=address("js/check.js"),
        forgets=[url_for(out.value) for out in Out if out in leaving.UNSENT.gone_by],
        leaves=url_for(Out.LEAVE.value),
        not_kept=render_template("pwa/not_kept.html"),
        icon=address(discreet.icon("any-192")),
        badge=address(discreet.icon("monochrome-192")),
    )
    text = COMMENT.sub("", text)  # a phone pays for each byte, and keeps it
    digest = hashlib.sha256((text + another_version()).encode()).hexdigest()
    return text.replace(VERSION, digest[:12])
