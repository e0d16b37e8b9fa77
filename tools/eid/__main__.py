"""``python -m tools.eid FOLDER API-PORT APP-PORT OIDC-PORT``: until it is asked to end."""

import sys
from pathlib import Path
from threading import Event

from tools.bankid import certificates
from tools.bankid import server as bankid
from tools.bankid.certificates import Certificates
from tools.oidc import people
from tools.oidc import server as oidc
from workers.linux import call_me


def main(folder: str, api_port: str, app_port: str, oidc_port: str) -> None:
    call_me("elevhalsa-eid")
    where = Path(folder)
    made = Certificates(where / "root.pem", where / "server.pem", where / "client.pem")
    files = made if made.root.exists() else certificates.make(where)
    with (
        bankid.running(where, files=files, api_port=int(api_port), app_port=int(app_port)),
        oidc.running(people.both(), port=int(oidc_port)),
    ):
        Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
