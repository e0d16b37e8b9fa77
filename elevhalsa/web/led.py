"""To a provider of OpenID Connect and back, for pupils and for staff.

The way there is a page that leads on by itself, since a form may be sent to ourselves alone. What
the browser brings back stands in a form: a GET changes nothing, and a script presses its button.
"""

from flask import Response, make_response, request, url_for

from elevhalsa.core.oidc import Provider
from elevhalsa.domain.identity.oidc import Answer

from .forms import Form, TokenField


class AnswerForm(Form):
    """By the provider's names (OpenID Connect Core 3.1.2.5 and 3.1.2.6, RFC 9207)."""

    state = TokenField()
    code = TokenField()
    error = TokenField()
    iss = TokenField()

    def answer(self) -> Answer:
        said = [field.data or None for field in (self.state, self.code, self.error, self.iss)]
        return Answer(*said)


def answered() -> AnswerForm:
    """What has come, by a form or in the address."""
    return AnswerForm(request.form if request.method == "POST" else request.args)


def way_back(endpoint: str, provider: Provider) -> str:
    """Where a browser comes back to: at the host where it is, an address for each provider."""
    return url_for(endpoint, key=provider.key, _external=True)


def page(html: str, status: int = 200) -> Response:
    """Whose address, or whose link, holds what nobody else is to know."""
    response = make_response(html, status)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
