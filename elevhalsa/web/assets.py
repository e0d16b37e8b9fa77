"""Static files: given names that follow from their content, compressed once, served for ever.

Our own files and htmx (from the package that ships it) are gathered into one folder at the start.
WhiteNoise serves them from there, before Flask sees the request.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask, current_app
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from elevhalsa.config import ROOT
from elevhalsa.core.errors import SettingError

PREFIX = "/static/"
TOGETHER = {"js/pupil.js": ("js/leaving.js", "js/app.js")}
"""Files that are served as one: a first visit on a bad net waits for each request."""
ALONE_TOO = ("js/leaving.js",)


def _sources() -> dict[str, bytes]:
    """Name in an address -> what it holds."""
    static = ROOT / "static"
    found = {
        path.relative_to(static).as_posix(): path.read_bytes()
        for path in sorted(static.rglob("*"))
        if path.is_file()
    }
    for name, parts in TOGETHER.items():
        found[name] = b"".join(found[part] for part in parts)
    for part in {part for parts in TOGETHER.values() for part in parts} - set(ALONE_TOO):
        del found[part]
    found["js/htmx.js"] = (files("js_lib_htmx") / "static/htmx/htmx.min.js").read_bytes()
    return found


def gather(target_parent: Path) -> tuple[Path, dict[str, str]]:
    """Copy and compress every asset. Returns the folder and a map of plain to hashed names.

    Safe when several processes do it at once: each builds a folder of its own and renames it.
    """
    names: dict[str, str] = {}
    sources = _sources()
    everything = hashlib.sha256()
    for name, content in sources.items():
        digest = hashlib.sha256(content).hexdigest()
        stem, dot, suffix = name.rpartition(".")
        names[name] = f"{stem}.{digest[:10]}{dot}{suffix}"
        everything.update(digest.encode())
    folder = target_parent / everything.hexdigest()[:16]
    if folder.is_dir():
        return folder, names
    target_parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=target_parent))
    compressor = Compressor(quiet=True)
    for name, content in sources.items():
        target = building / names[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if compressor.should_compress(target.name):
            list(compressor.compress(str(target)))
    building.chmod(0o755)
    try:
        os.rename(building, folder)
    except OSError:  # another process was first
        shutil.rmtree(building)
    return folder, names


def address(name: str) -> str:
    """The address of an asset by its plain name, e.g. ``icons/door.svg``."""
    names: dict[str, str] = current_app.extensions["elevhalsa_assets"]
    return names[name]


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def gathered(usual: Path) -> tuple[Path, dict[str, str]]:
    """In the usual folder or, on a disk that cannot be written, in one of this process's own.

    Raises SettingError when there is no place at all.
    """
    try:
        return gather(usual)
    except OSError:
        pass
    try:
        own = Path(tempfile.mkdtemp(prefix="elevhalsa-assets-"))
        atexit.register(shutil.rmtree, own, ignore_errors=True)
        return gather(own)
    except OSError:
        raise SettingError(
            "TMPDIR: disken går inte att skriva på. Ange en mapp som tjänsten får skriva i."
        ) from None


def init_app(app: Flask) -> None:
    folder, names = gathered(Path(app.instance_path) / "assets")
    addresses = {name: PREFIX + hashed for name, hashed in names.items()}
    app.extensions["elevhalsa_assets"] = addresses
    app.jinja_env.globals["asset"] = addresses.__getitem__
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=PREFIX,
        max_age=31536000,
        immutable_file_test=lambda path, url: True,
        add_headers_function=_add_headers,
    )
