"""Staff sign in by a one-time link, with a key or an account, and look after all of these."""

from . import accounts, keys, views
from .blueprint import blueprint
from .header import signed_in_header

blueprint.add_app_template_global(signed_in_header)

__all__ = ["accounts", "blueprint", "keys", "views"]
