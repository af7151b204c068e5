"""A mark across every page of a PDF."""

import io

from reportlab.lib.colors import Color
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen import canvas

from odoo.tools.pdf import PdfFileReader, PdfFileWriter, PdfReadError

# A font every reader has for Chinese; the mark may be in any of our languages.
_FONT = "STSong-Light"


class StampError(ValueError):
    """The file is no PDF that can be marked."""


def stamp(content, text):
    """Return the PDF ``content`` (bytes) with ``text`` in large letters across each page.

    Raises StampError when it cannot be read, e.g. because it is encrypted.
    """
    if not content.lstrip().startswith(b"%PDF-"):
        raise StampError("no PDF")
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        pages = list(reader.pages)
    except (PdfReadError, ValueError, KeyError, OSError) as error:
        raise StampError(str(error)) from error
    if not pages:
        raise StampError("no page")
    writer = PdfFileWriter()
    for page in pages:
        page.merge_page(_mark(text, float(page.mediabox.width), float(page.mediabox.height)))
        writer.add_page(page)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _mark(text, width, height):
    """Return a page of the size in points that shows nothing but the mark."""
    registerFont(UnicodeCIDFont(_FONT))
    stream = io.BytesIO()
    sheet = canvas.Canvas(stream, pagesize=(width, height))
    sheet.setFillColor(Color(0.8, 0, 0, alpha=0.35))
    sheet.setFont(_FONT, min(width, height) / max(len(text) * 0.6, 6))
    sheet.translate(width / 2, height / 2)
    sheet.rotate(45)
    sheet.drawCentredString(0, 0, text)
    sheet.save()
    return PdfFileReader(io.BytesIO(stream.getvalue())).pages[0]
