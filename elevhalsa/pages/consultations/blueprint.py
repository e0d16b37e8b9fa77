"""The blueprint that the modules of this package hang their pages on."""

from flask import Blueprint

blueprint = Blueprint("consultations", __name__)
