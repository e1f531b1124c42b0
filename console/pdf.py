"""Pages as PDF, where WeasyPrint and the library it draws with (Pango) are on the machine: the extra ``pdf``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache


@cache
def maker() -> Callable[[str], bytes] | None:
    """Makes the PDF of a page that needs nothing else; None where this machine cannot."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):  # OSError: the package is there, Pango is not
        return None

    def fetch(url: str, *_args: object, **_more: object) -> dict[str, object]:
        raise ValueError("a page that becomes a PDF asks for nothing")

    def make(html: str) -> bytes:
        made: bytes = HTML(string=html, url_fetcher=fetch).write_pdf(pdf_variant="pdf/ua-1")
        return made

    return make
