"""A person at a browser without JavaScript: opens pages, fills in forms, follows where they lead.

Every whole page that it is given is checked as a page, see ``check_page``.
"""

import contextvars
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from flask import has_app_context
from flask.globals import _cv_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from elevhalsa.domain.people import service as people
from elevhalsa.domain.people.models import Staff
from elevhalsa.extensions import db

MOST_REDIRECTS = 5
SILENT = ("script", "style", "title", "template")
VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr")

Value = str | Sequence[str]


@dataclass
class Control:
    """Something in a form that can be sent. ``values`` is what would be sent as it stands."""

    name: str
    kind: str
    values: list[str]
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    method: str | None
    action: str | None
    id: str | None = None
    controls: list[Control] = field(default_factory=list)

    @property
    def data(self) -> dict[str, list[str]]:
        """What a press on the first button that has no name would send."""
        sent: dict[str, list[str]] = {}
        for control in self.controls:
            if control.kind != "submit" and control.values:
                sent.setdefault(control.name, []).extend(control.values)
        return sent

    @property
    def names(self) -> set[str]:
        return {control.name for control in self.controls}


@dataclass
class Link:
    text: str
    href: str
    attributes: dict[str, str | None]


class _Reader(HTMLParser):
    """Reads what the checks and the forms need."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.title = ""
        self.headings: list[str] = []
        self.ids: list[str] = []
        self.label_for: list[str] = []
        self.forms: list[Form] = []
        self.links: list[Link] = []
        self.handlers: list[str] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self._area: Control | None = None
        self._select: Control | None = None
        self._elsewhere: list[tuple[str, Control]] = []
        self.feed(html)
        for form_id, control in self._elsewhere:  # of a form that it does not stand in
            for form in self.forms:
                if form.id == form_id:
                    form.controls.append(control)
        self.text = re.sub(r"\s+", " ", "".join(self._text)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag not in VOID:
            self._open.append(tag)
        if a.get("id"):
            self.ids.append(a["id"] or "")
        self._inline(tag, a)
        if "template" not in self._open:  # else it is not on the page until a script puts it there
            self._note(tag, a)

    def _note(self, tag: str, a: dict[str, str | None]) -> None:
        if tag in ("p", "li", "h1", "h2", "h3", "dt", "dd", "div", "td", "th", "br", "label"):
            self._text.append(" ")
        if tag == "h1":
            self.headings.append("")
        elif tag == "label" and a.get("for"):
            self.label_for.append(a["for"] or "")
        elif tag == "a" and a.get("href"):
            self.links.append(Link("", a["href"] or "", a))
        elif tag == "form":
            self.forms.append(Form(a.get("method"), a.get("action"), a.get("id")))
        elif tag in ("input", "textarea", "select", "button", "option"):
            self._control(tag, a)

    def _inline(self, tag: str, a: dict[str, str | None]) -> None:
        program = not a.get("src") and a.get("type") != "application/ld+json"
        if tag == "style" or (tag == "script" and program):
            self.handlers.append(tag)
        self.handlers += [name for name in a if re.match("on|style$|hx-on", name)]

    def _control(self, tag: str, a: dict[str, str | None]) -> None:
        if tag == "option":
            if self._select is not None:
                value = a.get("value") or ""
                self._select.options.append(value)
                if "selected" in a or len(self._select.options) == 1:
                    self._select.values = [value]
            return
        name = a.get("name")
        if not name or "disabled" in a or not self._has_form(a):
            return
        kind = a.get("type") or ("submit" if tag == "button" else "text")
        value = a.get("value") or ""
        control = Control(name, kind if tag in ("input", "button") else tag, [value])
        if kind in ("radio", "checkbox"):
            control.options = [value]
            control.values = [value or "on"] if "checked" in a else []
        elif tag == "textarea":
            self._area = control
        elif tag == "select":
            self._select = control
            control.values = []
        if a.get("form"):
            self._elsewhere.append((a["form"] or "", control))
        else:
            self.forms[-1].controls.append(control)

    def _has_form(self, a: dict[str, str | None]) -> bool:
        return bool(a.get("form") or ("form" in self._open and self.forms))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self._area.values = [self._area.values[0].removeprefix("\n")]
            self._area = None
        elif tag == "select":
            self._select = None
        if tag in self._open:
            while self._open and self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.values = [self._area.values[0] + data]
        if "title" in self._open:
            self.title += data
        if not any(tag in SILENT for tag in self._open):
            self._text.append(data)
        if "h1" in self._open and self.headings and "template" not in self._open:
            self.headings[-1] += data
        if "a" in self._open and self.links:
            self.links[-1].text = re.sub(r"\s+", " ", self.links[-1].text + data)


class Page:
    """What came back, read."""

    def __init__(self, response: TestResponse, url: str) -> None:
        self.response = response
        self.url = url
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        read = _Reader(self.html)
        self.text = read.text
        self.title = read.title.strip()
        self.forms = read.forms
        self.links = read.links
        self.is_whole = "<html" in self.html
        if self.is_whole:
            self.h1 = " ".join(" ".join(read.headings).split())
            check_page(self, read)
            check_codes(self)
            check_directions(self)

    def form(self, which: str | int) -> Form:
        """A form by its place on the page, or by the end of its action."""
        if isinstance(which, int):
            return self.forms[which]
        found = [f for f in self.forms if urlsplit(f.action or "").path.endswith(which)]
        actions = [f.action for f in self.forms]
        assert found, f"no form leads to {which} on {self.url}, only {actions}"
        return found[0]

    def has_form(self, action: str) -> bool:
        return any(urlsplit(f.action or "").path.endswith(action) for f in self.forms)

    def link(self, text: str) -> str:
        """Where the first link that holds the text leads."""
        found = [link.href for link in self.links if text in link.text]
        assert found, f"no link says {text} on {self.url}"
        return found[0]


def check_page(page: Page, read: _Reader) -> None:
    """What is true of every page, whoever sees it."""
    where = f"{page.url} ({page.status})"
    assert '<html lang="sv">' in page.html, f"{where}: language"
    assert len(read.headings) == 1, f"{where}: {len(read.headings)} h1"
    assert page.title, f"{where}: no title"
    assert (page.status == 422) == page.title.startswith("Fel: ") or page.status == 409, where
    if page.title.startswith("Fel: "):
        check_faults(page, read)
    twice = [i for i, count in Counter(read.ids).items() if count > 1]
    assert not twice, f"{where}: the same id twice: {twice}"
    astray = set(read.label_for) - set(read.ids)
    assert not astray, f"{where}: labels for what is not there: {astray}"
    assert not read.handlers, f"{where}: inline script or style: {read.handlers}"
    for form in read.forms:
        assert form.method and form.action, f"{where}: a form without method or action"
        if form.method.lower() == "post":
            assert "csrf_token" in form.names, f"{where}: {form.action} has no csrf_token"
        else:
            assert "csrf_token" not in form.names, f"{where}: a token in an address"


def check_directions(page: Page) -> None:
    """What somebody types stands in its own direction, from the right in Arabic."""
    for tag in re.findall(r"<textarea[^>]*>|<input type=\"text\"[^>]*>", page.html):
        assert 'dir="auto"' in tag, f"{page.url}: {tag}"


EXACT = ('autocapitalize="off"', 'autocorrect="off"', 'spellcheck="false"', 'translate="no"')


def check_codes(page: Page) -> None:
    """No phone mends, translates or capitalises codes, numbers and addresses."""
    for tag in re.findall(r"<input [^>]*>", page.html):
        kind = re.search(r'type="(\w+)"', tag)
        exact = kind and kind[1] in ("email", "tel", "password")
        if exact or re.search(r'type="text"[^>]*(name="(\w*_)?(code|pin)"|inputmode=)', tag):
            missing = [word for word in EXACT if word not in tag]
            assert not missing, f"{page.url}: {missing} of {tag}"
    for tag in re.findall(r'<[^>]* class="code"[^>]*>', page.html):
        assert 'translate="no"' in tag, f"{page.url}: a translated page would show another code"


def check_faults(page: Page, read: _Reader) -> None:
    """The faults stand first, have the focus, and lead to what caused them."""
    main = re.search(
        r'<main [^>]*>\s*<div [^>]*id="besked"([^>]*)>(.*?)</div>', page.html, re.DOTALL
    )
    assert main, f"{page.url}: what is wrong does not stand first"
    assert "autofocus" in main[1]
    leads = re.findall(r'href="#([^"]+)"', main[2])
    assert leads, f"{page.url}: no fault leads to its field"
    assert set(leads) <= set(read.ids), f"{page.url}: {leads} lead nowhere"


class Browser:
    """``client``'s cookies and pages. ``page`` is what is on the screen."""

    def __init__(self, client: FlaskClient, *, base_url: str = "http://localhost") -> None:
        self.client = client
        self.base_url = base_url
        self.page: Page

    def get(
        self,
        url: str,
        *,
        follow: bool = True,
        htmx: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Open an address (a path, with or without a query)."""
        sent = dict(headers or {})
        if htmx:
            sent["HX-Request"] = "true"
        return self._open("GET", url, follow=follow, headers=sent)

    def submit(
        self,
        which: str | int,
        fields: Mapping[str, Value] | None = None,
        *,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
        **more: Value,
    ) -> Page:
        """Fill in a form of the present page and send it.

        which: the form's place on the page, or the end of its action. What is not named is sent
        as the page had it; a button is pressed by naming it. A field that the form does not have
        is an error, and so is an option that cannot be chosen.
        """
        form = self.page.form(which)
        data = form.data
        for name, value in (dict(fields or {}) | more).items():
            controls = [c for c in form.controls if c.name == name]
            assert controls, f"{form.action} has no field {name}, only {sorted(form.names)}"
            values = [value] if isinstance(value, str) else list(value)
            if all(c.kind in ("select", "radio") for c in controls):
                options = [option for c in controls for option in c.options]
                assert set(values) <= set(options), f"{name}: {values} not among {options}"
            data[name] = values
        assert form.method and form.action
        action = urljoin(self.page.url, form.action)
        if form.method.lower() == "get":
            action = f"{urlsplit(action).path}?{urlencode(data, doseq=True)}"
            return self._open("GET", action, follow=follow, headers=headers)
        return self._open("POST", action, follow=follow, headers=headers, data=data)

    def press(self, which: str | int, name: str, value: str) -> Page:
        """Send a form with one of its named buttons."""
        return self.submit(which, {name: value})

    def follow(self, text: str) -> Page:
        """Follow the first link that holds the text."""
        return self.get(urljoin(self.page.url, self.page.link(text)))

    def sign_in(self, staff: Staff) -> Page:
        """As staff do: open a link that was made for them and press its button."""
        token = people.make_link(staff)
        db.session.commit()
        self.get(f"/logga-in/lank/{token}")
        return self.submit(token)

    def arrives_as(self, staff: Staff) -> None:
        """As after ``sign_in``, without its three pages: most tests are about what comes then."""
        token = people.redeem(people.make_link(staff))
        db.session.commit()
        with self.client.session_transaction(base_url=self.base_url) as session:
            session.clear()
            session["_user_id"], session["_fresh"] = token, True

    def _open(
        self,
        method: str,
        url: str,
        *,
        follow: bool,
        headers: Mapping[str, str] | None,
        data: Mapping[str, Sequence[str]] | None = None,
    ) -> Page:
        sent = dict(headers or {})
        if method == "POST" and hasattr(self, "page"):
            sent.setdefault("Referer", urljoin(self.base_url, self.page.url))
        response = self.send(method, url, headers=sent, data=data)
        for _hop in range(MOST_REDIRECTS):
            if not (follow and response.status_code in (301, 302, 303, 307, 308)):
                break
            url = urljoin(url, response.headers["Location"])
            response = self.send("GET", url, headers={})
        path = urlsplit(url)
        page = Page(response, path.path + (f"?{path.query}" if path.query else ""))
        if page.is_whole or not hasattr(self, "page"):
            self.page = page
        return page

    def send(self, method: str, url: str, **options: object) -> TestResponse:
        """One request with an application context of its own, as in a server.

        The test's own context would otherwise be shared, and with it ``g`` and the database
        session. That session starts afresh, so that the test sees what the request did.
        """
        if has_app_context():
            db.session.rollback()

        def alone() -> TestResponse:
            _cv_app.set(None)
            options.setdefault("base_url", self.base_url)
            return self.client.open(url, method=method, **options)  # type: ignore[arg-type]

        return contextvars.copy_context().run(alone)
