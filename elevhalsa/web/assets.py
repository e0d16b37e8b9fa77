"""Static files: given names that follow from their content, compressed once, served for ever.

Our own files and htmx (from the package that ships it) are gathered into one folder at the start.
WhiteNoise serves them from there, before Flask sees the request.
"""

import hashlib
import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from elevhalsa.config import ROOT

PREFIX = "/static/"


def _sources() -> dict[str, Path]:
    """Name in an address -> file on disk."""
    static = ROOT / "static"
    found = {
        path.relative_to(static).as_posix(): path
        for path in sorted(static.rglob("*"))
        if path.is_file()
    }
    found["js/htmx.js"] = Path(str(files("js_lib_htmx") / "static/htmx/htmx.min.js"))
    return found


def gather(target_parent: Path) -> tuple[Path, dict[str, str]]:
    """Copy and compress every asset. Returns the folder and a map of plain to hashed names.

    Safe when several processes do it at once: each builds a folder of its own and renames it.
    """
    names: dict[str, str] = {}
    sources = _sources()
    everything = hashlib.sha256()
    for name, path in sources.items():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        stem, dot, suffix = name.rpartition(".")
        names[name] = f"{stem}.{digest[:10]}{dot}{suffix}"
        everything.update(digest.encode())
    folder = target_parent / everything.hexdigest()[:16]
    if folder.is_dir():
        return folder, names
    target_parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=target_parent))
    compressor = Compressor(quiet=True)
    for name, path in sources.items():
        target = building / names[name]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        if compressor.should_compress(target.name):
            list(compressor.compress(str(target)))
    building.chmod(0o755)
    try:
        os.rename(building, folder)
    except OSError:  # another process was first
        shutil.rmtree(building)
    return folder, names


def _add_headers(headers: Headers, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def init_app(app: Flask) -> None:
    folder, names = gather(Path(app.instance_path) / "assets")
    addresses = {name: PREFIX + hashed for name, hashed in names.items()}
    app.jinja_env.globals["asset"] = addresses.__getitem__
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=PREFIX,
        max_age=31536000,
        immutable_file_test=lambda path, url: True,
        add_headers_function=_add_headers,
    )
