"""The floor: Flask and one Jinja template of about a kilobyte. No database, session or hook."""

from flask import Flask, render_template
from jinja2 import DictLoader

PAGE = """<!doctype html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
</head>
<body>
<header><a href="/">{{ title }}</a></header>
<main>
<h1>{{ heading }}</h1>
<p>{{ text }}</p>
<ul>
{% for name in names %}
<li><a href="/{{ loop.index }}">{{ name }}</a></li>
{% endfor %}
</ul>
<p>{{ text }}</p>
</main>
<footer><p>{{ title }}</p></footer>
</body>
</html>
"""
TEXT = "Den här sidan finns bara för att mätas: en mall, några ord och en lista med tio länkar."

app = Flask("bare", static_folder=None)
app.jinja_loader = DictLoader({"page.html": PAGE})


@app.get("/")
def page() -> str:
    return render_template(
        "page.html",
        title="En sida",
        heading="En rubrik på en sida",
        text=TEXT,
        names=[f"Exempel {number}" for number in range(1, 11)],
    )
