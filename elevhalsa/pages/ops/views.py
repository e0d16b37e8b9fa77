"""Probes and figures for the platform. Nothing here is about a person."""

import hmac

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from elevhalsa.config import Settings
from elevhalsa.domain.operations import health
from elevhalsa.domain.operations.health import Health
from elevhalsa.domain.operations.queries import figures
from elevhalsa.web.access import Who, open_to

from . import exposition

blueprint = Blueprint("ops", __name__)


@blueprint.get("/healthz")
@open_to(Who.OPERATOR)
def healthz() -> ResponseReturnValue:
    """The process answers. Asks nothing of anybody else."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@open_to(Who.OPERATOR)
def readyz() -> ResponseReturnValue:
    """Each check by name; 503 when one of them fails."""
    found = health.look(current_app.extensions["elevhalsa"].queue)
    worst = health.worst(found)
    status = 503 if worst is Health.FAILING else 200
    return jsonify(status=worst, checks={check.name: check.health for check in found}), status


@blueprint.get("/metrics")
@open_to(Who.OPERATOR)
def metrics() -> ResponseReturnValue:
    """For the holder of METRICS_TOKEN. Without the setting there is no such page."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.metrics_token:
        abort(404)
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.metrics_token}"
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        abort(401)
    queue_length = current_app.extensions["elevhalsa"].queue.length()
    return Response(
        exposition.text(figures(), queue_length),
        content_type="text/plain; version=0.0.4; charset=utf-8",
    )
