"""``python -m tools.bankid FOLDER API-PORT APP-PORT``: until it is asked to end."""

import sys
from pathlib import Path
from threading import Event

from workers.linux import call_me

from . import certificates
from .certificates import Certificates
from .server import running


def main(folder: str, api_port: str, app_port: str) -> None:
    call_me("elevhalsa-bank")
    where = Path(folder)
    made = Certificates(where / "root.pem", where / "server.pem", where / "client.pem")
    files = made if made.root.exists() else certificates.make(where)
    with running(where, files=files, api_port=int(api_port), app_port=int(app_port)):
        Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
