from flask import Blueprint

blueprint = Blueprint("signin", __name__)
