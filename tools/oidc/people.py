"""Two providers for the demo: a pupil's school account, and what staff sign in with."""

from .provider import Provider

CLIENT, SECRET = "elevhalsa", "bara-for-provet"
PUPILS = {
    "elev-a": {"name": "Exempel Elva", "class": "5 A", "age": 11},
    "elev-b": {"name": "Exempel Fjorton", "class": "8 B", "age": 14},
    "elev-c": {"name": "Exempel Sjutton", "class": "NA2", "age": 17},
}
STAFF = {
    "kurator1": {"name": "Kurator Ett", "email": "kurator1@exempelkommun.invalid"},
    "skolskoterska1": {
        "name": "Skolsköterska Ett",
        "email": "skolskoterska1@exempelkommun.invalid",
    },
    "samordnare": {"name": "Samordnare"},
    "annan": {"name": "Någon annan, samma e-post", "email": "kurator1@exempelkommun.invalid"},
}
"""By the mailbox of the demo's own (``cli/demo/setting.py``), and one who looks like another."""


def both() -> dict[str, Provider]:
    """The path of each -> it."""
    return {
        "skola": Provider({CLIENT: SECRET}, PUPILS),
        "arbete": Provider({CLIENT: SECRET}, STAFF),
    }


def setting(origin: str) -> str:
    """The setting that leads to them. origin: 'http://host:port'."""
    return f"""
[skolkonto]
name = "Låtsas skolkonto"
issuer = "{origin}/skola"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
audience = "pupils"
claims = {{school_class = "class", age = "age"}}

[arbetskonto]
name = "Låtsas arbetskonto"
issuer = "{origin}/arbete"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
audience = "staff"
scopes = "openid"
"""
