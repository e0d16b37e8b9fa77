"""How a review of what was opened in danger to life is written: behind the wall, and by whoever
oversees."""

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from elevhalsa.core import labels
from elevhalsa.core.i18n import _l
from elevhalsa.domain.knocks.rules import MOST_TEXT
from elevhalsa.domain.reveals.words import Verdict

from .forms import Form, TextField, TokenField, most


class ReviewForm(Form):
    reveal = TokenField()
    """Which."""
    verdict = RadioField(
        choices=lambda: [SelectChoice(word.value, labels.of(word)) for word in Verdict],
        validators=[InputRequired(_l("Välj vad du kom fram till."))],
    )
    note = TextField(most(MOST_TEXT), id="granskning-text")
