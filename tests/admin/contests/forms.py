"""Forms of a page as a browser without JavaScript reads and sends them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form: where it goes, its fields as they stand, and the buttons it may be sent with."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def set(self, name: str, value: str) -> "Form":
        """Types into the one field of that name."""
        assert sum(one == name for one, _ in self.fields) == 1, f"{name} among {[one for one, _ in self.fields]}"
        self.fields = [(one, value if one == name else kept) for one, kept in self.fields]
        return self

    def tick(self, name: str, value: str = "1") -> "Form":
        self.fields.append((name, value))
        return self

    def untick(self, name: str) -> "Form":
        self.fields = [(one, kept) for one, kept in self.fields if one != name]
        return self

    def value(self, name: str) -> str:
        return next(kept for one, kept in self.fields if one == name)

    def values(self, name: str) -> list[str]:
        return [kept for one, kept in self.fields if one == name]

    def sent(self, act: str = "") -> dict[str, list[str]]:
        """What is posted; `act` presses that button, which must be there."""
        given: dict[str, list[str]] = {}
        for name, value in self.fields:
            given.setdefault(name, []).append(value)
        if act:
            assert ("act", act) in self.buttons, f"{act} among {self.buttons}"
            given["act"] = [act]
        return given


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""
        self._chosen: str | None = None
        self._first: str | None = None
        self._area = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        if not self.forms or "disabled" in given:
            return
        form, name = self.forms[-1], given.get("name", "")
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            form.fields.append((name, given.get("value", "on" if given.get("type") == "checkbox" else "")))
        elif tag == "select":
            self._select, self._chosen, self._first = name, None, None
        elif tag == "option" and self._select:
            if self._first is None:
                self._first = given.get("value", "")
            if "selected" in given:
                self._chosen = given.get("value", "")
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "button" and name:
            form.buttons.append((name, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            self.forms[-1].fields.append(
                (self._select, self._chosen if self._chosen is not None else self._first or "")
            )
            self._select = ""
        elif tag == "textarea" and self._area:
            self.forms[-1].fields.append((self._area, self._text.replace("\n", "\r\n")))
            self._area = ""


def form_of(html: str, action: str) -> Form:
    """The form that goes to `action`."""
    reader = _Reader()
    reader.feed(html)
    found = [form for form in reader.forms if form.action == action]
    assert len(found) == 1, f"{action} among {[form.action for form in reader.forms]}"
    return found[0]
