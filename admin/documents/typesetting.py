"""Documents on paper: Typst templates of our own, filled with data, as PDF.

Data goes in as one JSON text, never as source, so nothing a person typed can become markup. Only fonts that the
typesetter itself carries are used: the same document on every machine, with every letter of Vietnamese and of the
Ê Đê, Gia Rai and M'nông alphabets. Never knows what a contest is.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst

FOLDER: Final = Path(__file__).parent / "templates"


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """`templates/<template>.typ` filled with `data` (JSON-able), as PDF/A-2b made for archives.

    Takes seconds for a thousand pages: call it in a thread. The time of making is not in the file; equal data give an
    equal document. Raises `typst.TypstError` for a template that does not fit its data, which is a bug.
    """
    made = typst.compile(
        FOLDER / f"{template}.typ",
        root=FOLDER,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards="a-2b",
        timestamp=0,
    )
    assert isinstance(made, bytes)
    return made
