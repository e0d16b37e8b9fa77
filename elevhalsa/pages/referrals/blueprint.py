"""Of all pages of Bron."""

from flask import Blueprint

blueprint = Blueprint("referrals", __name__)
