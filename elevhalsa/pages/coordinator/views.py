from flask import Blueprint

blueprint = Blueprint("coordinator", __name__)
