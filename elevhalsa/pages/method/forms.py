"""A word and a step of the local way."""

from elevhalsa.core.i18n import _l
from elevhalsa.web.forms import Form, FormIdField, Given, LineField, TextField, TokenField, most

LONGEST_WORD, LONGEST_MEANING, LONGEST_STEP, LONGEST_WHO = 80, 400, 600, 200


class WordForm(Form):
    """Without a key: a new word."""

    key = TokenField()
    word = LineField(most(LONGEST_WORD), Given(_l("Skriv ordet.")))
    by_school = TextField(most(LONGEST_MEANING))
    social = TextField(most(LONGEST_MEANING))
    care = TextField(most(LONGEST_MEANING))
    we_say = TextField(most(LONGEST_MEANING), Given(_l("Skriv vad ni säger.")))


class StepForm(Form):
    """Without a key: a new step, last."""

    form_id = FormIdField()
    key = TokenField()
    what = TextField(most(LONGEST_STEP), Given(_l("Skriv vad som görs.")))
    by_whom = LineField(most(LONGEST_WHO), Given(_l("Skriv vem som gör det.")))
    by_when = LineField(most(LONGEST_WHO))


class ChosenForm(Form):
    """Which word or step is taken away."""

    key = TokenField()


class MoveForm(Form):
    """Which step is moved, and which way."""

    key = TokenField()
    way = TokenField()
