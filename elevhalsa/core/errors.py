"""Errors that a person may be shown. The text is Swedish and comes from the catalogue."""

import traceback


class ElevhalsaError(Exception):
    """Base of all errors of our own. ``str(error)`` is fit to show to the person who acted."""

    status = 400


class NotAllowed(ElevhalsaError):
    """The acting person may not do this: wrong role, wrong wall, wrong municipality."""

    status = 403


class NotFound(ElevhalsaError):
    """No such thing, or one that this person may not know of."""

    status = 404


class Conflict(ElevhalsaError):
    """Somebody else was first, or the thing has moved on since the page was shown."""

    status = 409


class InvalidInput(ElevhalsaError):
    """What was typed cannot be used; the text says what to do instead, ``field`` perhaps where."""

    status = 422

    def __init__(self, text: object, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


class SettingError(ElevhalsaError):
    """A setting is missing or malformed: one line that names it and says how to mend it.

    For the operator, not for whoever happens to look at a page when it shows.
    """

    status = 500


class NotItsOwn(ElevhalsaError):
    """What is stored is not what was written there: it was changed, or moved from elsewhere."""

    status = 500

    def __init__(self, text: object, where: str) -> None:
        """where: the column, for the log."""
        super().__init__(text)
        self.where = where


def without_words(error: BaseException) -> str:
    """An error as a log may hold it: its kind and where in the code it was. Never what it said,
    which can hold what a person wrote, a key, or a value that the database names."""
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{where}"
