"""gunicorn's settings for the bare page: the project's own, but for what needs its database."""

import runpy
from pathlib import Path

_ours = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
control_socket_disable = _ours.get("control_socket_disable", True)
when_ready = _ours.get("when_ready", lambda server: None)
