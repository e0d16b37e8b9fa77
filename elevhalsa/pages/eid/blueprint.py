"""The blueprint that the modules of this package hang their pages on."""

from flask import Blueprint

blueprint = Blueprint("eid", __name__)
