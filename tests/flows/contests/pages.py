"""Pages as a person without JavaScript meets them: forms are filled in field by field and sent as they were served.

A field that is not on the page, or a choice it does not offer, cannot be filled in.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

PASSWORD = "một câu dễ nhớ"


@dataclass
class Field:
    """One field of a form. `options` are the values it offers; of boxes and dots of one name each is a field."""

    name: str
    kind: str
    value: str
    options: tuple[str, ...] = ()
    ticked: bool = True


@dataclass
class Form:
    """One form of a page, with what was typed into it so far."""

    page: str
    action: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def named(self, name: str) -> list[Field]:
        """The fields a person can fill in under this name."""
        return [one for one in self.fields if one.name == name and one.kind != "hidden"]

    def value(self, name: str) -> str:
        """What stands in a field, hidden or not."""
        return next(one.value for one in self.fields if one.name == name and one.ticked)

    def fill(self, name: str, *values: str) -> "Form":
        """Types into a field, chooses from a list, or ticks just these boxes of the name."""
        found = self.named(name)
        assert found, f"{self.page} has no {name}: {[one.name for one in self.fields]}"
        if found[0].kind in ("checkbox", "radio"):
            offered = {one.value for one in found}
            assert set(values) <= offered, f"{values} of {name} among {offered}"
            for one in found:
                one.ticked = one.value in values
        else:
            assert len(found) == len(values), f"{name}: {values} into {len(found)} fields"
            for one, value in zip(found, values, strict=True):
                assert not one.options or value in one.options, f"{value!r} of {name} among {one.options}"
                one.value = value
        return self

    def attach(self, filename: str, content: bytes) -> "Form":
        """Chooses a file for the one file field."""
        (place,) = [one for one in self.fields if one.kind == "file"]
        self.files[place.name] = (filename, content)
        return self

    def offers(self, button: str) -> bool:
        return any(value == button for _, value in self.buttons)


class Page:
    """What a server answered, read as HTML."""

    def __init__(self, reply: httpx.Response) -> None:
        self.url, self.status, self.text = reply.request.url.raw_path.decode(), reply.status_code, reply.text
        reader = _Reader(self.url)
        reader.feed(self.text)
        self.forms, self.links = reader.forms, reader.links

    def form(self, action: str) -> Form:
        """The only form that goes there."""
        found = self.forms_to(action)
        assert len(found) == 1, f"{self.url}: {action} among {[form.action for form in self.forms]}"
        return found[0]

    def forms_to(self, end: str) -> list[Form]:
        """All forms whose address ends so."""
        return [form for form in self.forms if form.action.endswith(end)]


class Browser:
    """One person of the staff at the organiser's pages: signs in when asked to, and again when the session is over."""

    def __init__(self, http: httpx.AsyncClient, name: str) -> None:
        self.http, self.name = http, name

    async def open(self, path: str) -> Page:
        page = await self._get(path)
        if page.url.startswith("/login"):
            form = page.form("/login").fill("name", self.name).fill("password", PASSWORD)
            page = await self.send(form)
        assert page.status == 200, f"{path}: {page.status} {page.text[:3000]}"
        return page

    async def send(self, form: Form, act: str = "", *, button: str = "act", status: int = 200) -> Page:
        """Sends the form, with `act` by that button; the page it leads to."""
        sent: dict[str, list[str]] = {}
        for one in form.fields:
            if one.kind != "file" and one.ticked:
                sent.setdefault(one.name, []).append(one.value)
        if act:
            assert (button, act) in form.buttons, f"{act} among {form.buttons}"
            sent[button] = [act]
        reply = await self.http.post(form.action, data=sent, files=form.files or None)
        while reply.status_code in (302, 303, 307):
            reply = await self.http.get(reply.headers["location"])
        page = Page(reply)
        assert page.status == status, f"{form.action}: {page.status} {page.text[:3000]}"
        return page

    async def _get(self, path: str) -> Page:
        reply = await self.http.get(path)
        while reply.status_code in (302, 303, 307):
            reply = await self.http.get(reply.headers["location"])
        return Page(reply)


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._list: Field | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self._form = Form(self.page, urljoin(self.page, given.get("action", "")))
            self.forms.append(self._form)
        elif tag == "option" and self._list is not None:
            value = given.get("value", "")
            self._list.options += (value,)
            if "selected" in given or len(self._list.options) == 1:
                self._list.value = value
        elif self._form is not None and "disabled" not in given and given.get("name"):
            self._control(tag, given, self._form)

    def _control(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, kind = given["name"], given.get("type", "text")
        if tag == "input":
            box = kind in ("checkbox", "radio")
            value = given.get("value", "on" if box else "")
            form.fields.append(Field(name, kind, value, ticked=not box or "checked" in given))
        elif tag == "select":
            self._list = Field(name, "select", "")
            form.fields.append(self._list)
        elif tag == "textarea":
            self._area = Field(name, "textarea", "")
            form.fields.append(self._area)
        elif tag == "button":
            form.buttons.append((name, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._list = None
        elif tag == "textarea" and self._area is not None:
            self._area.value = self._area.value.removeprefix("\n")
            self._area = None
