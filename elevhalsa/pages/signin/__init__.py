"""Staff sign in by a one-time link and look after their sessions."""

from .header import signed_in_header
from .views import blueprint

blueprint.add_app_template_global(signed_in_header)

__all__ = ["blueprint"]
