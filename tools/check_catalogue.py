"""Checks that ``translations/messages.pot`` holds every text that the code shows.

``python -m tools.check_catalogue`` prints what differs and ends with 1; with ``--update`` it
writes the file instead. The Swedish texts are the message ids: Swedish needs no catalogue of its
own, another language starts from this file. The file holds no date, no address and no place in the
code, and its texts stand in the order of the alphabet: the same texts always give the same bytes,
a moved file is no new text, and two changes meet in it only where their texts are neighbours.
``--with-places`` prints it with the file of every text, for whoever translates.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
MAPPING = ROOT / "translations" / "babel.cfg"
CATALOGUE = ROOT / "translations" / "messages.pot"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
ROOTS = ("elevhalsa", "templates", "workers")
HEADER = """\
# Texts of Elevhälsa online, written by `python -m tools.check_catalogue --update`.
# The message ids are the Swedish texts.
#"""


def extracted(root: Path = ROOT) -> Catalog:
    """Every text marked for the catalogue."""
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalog = Catalog(project="elevhalsa-online", charset="utf-8", header_comment=HEADER)
    found = extract_from_dir(
        root,
        methods,
        options,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        directory_filter=lambda folder: _is_ours(Path(folder).relative_to(root)),
    )
    for name, _line, message, comments, context in sorted(found, key=lambda hit: hit[:2]):
        catalog.add(message, None, [(name, None)], auto_comments=comments, context=context)  # type: ignore[list-item]
    return catalog


def _is_ours(folder: Path) -> bool:
    return not folder.parts or (folder.parts[0] in ROOTS and "__pycache__" not in folder.parts)


def written(catalog: Catalog, places: bool = False) -> str:
    """The catalogue as a file, sorted by text; with the files that hold each, if asked."""
    file = io.BytesIO()
    write_po(
        file,
        catalog,
        width=100,
        omit_header=True,
        no_location=not places,
        include_lineno=False,
        sort_output=True,
    )
    head = f'{HEADER}\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    return head + file.getvalue().decode("utf-8")


def _ids(catalog: Catalog) -> set[str]:
    return {str(message.id) for message in catalog if message.id}


def main(arguments: list[str]) -> int:
    catalog = extracted()
    if "--with-places" in arguments:
        print(written(catalog, places=True), end="")
        return 0
    text = written(catalog)
    before = CATALOGUE.read_text("utf-8") if CATALOGUE.exists() else ""
    if "--update" in arguments:
        CATALOGUE.write_text(text, "utf-8")
        print(f"{len(_ids(catalog))} texts in {CATALOGUE.relative_to(ROOT)}")
        return 0
    if text == before:
        return 0
    known = _ids(read_po(io.StringIO(before)))
    print(*(f"+ {text}" for text in sorted(_ids(catalog) - known)), sep="\n")
    print(*(f"- {text}" for text in sorted(known - _ids(catalog))), sep="\n")
    print("messages.pot is behind: python -m tools.check_catalogue --update")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
