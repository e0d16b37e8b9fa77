"""The operator's commands: ``flask --app app …``.

``python -m elevhalsa.cli.keys`` stands apart: it makes the keys without which no app starts. So
does ``python -m elevhalsa.cli.vapid``, which makes the key without which there are no reminders.
"""

from flask import Flask

from .audit import command as audit
from .backup import command as backup
from .breaks import command as breaks
from .check import command as check
from .crisis import command as crisis
from .data_keys import command as data_keys
from .demo import command as demo
from .eid import command as eid
from .guarantees import command as guarantees
from .municipality import command as municipality
from .organisation import command as organisation
from .push import command as push
from .retention import command as retention
from .school import command as school
from .shortcuts import command as shortcuts
from .staff import command as staff
from .template import command as template
from .walls import command as walls


def init_app(app: Flask) -> None:
    for command in (
        audit, backup, breaks, check, crisis, data_keys, demo, eid, guarantees, municipality,
        organisation, push, retention, school, shortcuts, staff, template, walls,
    ):  # fmt: skip
        app.cli.add_command(command)
