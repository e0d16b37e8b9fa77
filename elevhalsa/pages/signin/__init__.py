"""Staff sign in by a one-time link or with a key, and look after their sessions and keys."""

from . import keys, views
from .blueprint import blueprint
from .header import signed_in_header

blueprint.add_app_template_global(signed_in_header)

__all__ = ["blueprint", "keys", "views"]
