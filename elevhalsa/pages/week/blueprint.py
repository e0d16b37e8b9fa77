"""The blueprint that the modules of this package hang their pages on."""

from flask import Blueprint

blueprint = Blueprint("week", __name__)
