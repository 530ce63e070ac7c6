"""QR codes for paper, many at a time.

Never chooses what a code says.
"""

import io

import segno

_MASK = 2


def qr_svg(text: str) -> str:
    """The code as an SVG. The mask is fixed, which any reader takes and which is several times faster than trying all
    eight."""
    out = io.BytesIO()
    segno.make_qr(text, error="m", mask=_MASK, boost_error=False).save(
        out, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True
    )
    return out.getvalue().decode()
