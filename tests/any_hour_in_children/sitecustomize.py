"""Python begins with this module where it finds one."""

from tests import any_hour

any_hour.begin()
