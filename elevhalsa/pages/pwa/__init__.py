"""The installed app: its manifest, its service worker, how to install it, what works offline."""

from .views import blueprint

__all__ = ["blueprint"]
