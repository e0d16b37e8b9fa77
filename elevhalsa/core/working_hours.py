"""Are staff told at their working hours alone? Always, but where a test lets the machine's clock
say what time it is: a test that is run at night is about something else."""

from . import clock


class WorkingHours:
    def __init__(self) -> None:
        self._always = True

    def configure(self, *, always: bool) -> None:
        self._always = always

    @property
    def are_kept(self) -> bool:
        return self._always or clock.is_decided()


working_hours = WorkingHours()
