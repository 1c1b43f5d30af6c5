"""The share image: a cairn and the numbers of a year, 1200 × 630. Nobody's name is in it, the mentor's neither."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import typst
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from achievements.models import AnnualSummary
from achievements.wrapped.charts import cairn
from achievements.wrapped.story import numbers

TEMPLATE = Path(__file__).with_name("share_image.typ")
WIDTH, HEIGHT = 1200, 630
#: A point of the page is a pixel of the picture.
PIXELS_PER_INCH = 72


def share_image(summary: AnnualSummary) -> bytes:
    """The picture as PNG, in the language of the moment; with its organisation loaded."""
    data = {"data": json.dumps(image_data(summary))}
    made: Any = typst.compile(
        TEMPLATE, format="png", ppi=PIXELS_PER_INCH, sys_inputs=data, ignore_system_fonts=_has_only_latin(summary)
    )
    return bytes(made)


def image_data(summary: AnnualSummary) -> dict[str, Any]:
    """All that stands on it."""
    built = cairn(summary.monthly_activity_counts)
    return {
        "language": get_language(),
        "title": _("My year %(year)s") % {"year": summary.year},
        "heading": _("My year with %(organization)s") % {"organization": summary.organization.name},
        "year": str(summary.year),
        "note": _up_to(summary),
        "numbers": [[number.figure, number.unit] for number in numbers(summary)],
        "cairn": render_to_string("achievements/wrapped/_cairn.svg", {"cairn": built, "alone": True}),
        "light": [built.light_x, built.light_y],
    }


def image_answer(request: HttpRequest, summary: AnnualSummary) -> HttpResponse:
    """The picture for a browser, which keeps it but asks each time whether it is still so: a link can be withdrawn."""
    seen = json.dumps(image_data(summary), sort_keys=True)
    etag = f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(share_image(summary), content_type="image/png")
        response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Content-Disposition"] = f'inline; filename="varde-{summary.year}.png"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _up_to(summary: AnnualSummary) -> str:
    if summary.as_of is None:
        return ""
    return _("So far, up to %(day)s") % {"day": date_format(summary.as_of, "DATE_FORMAT")}


def _has_only_latin(summary: AnnualSummary) -> bool:
    """The font inside the wheel has these letters; for others, the server's fonts are looked through."""
    return all(ord(letter) < 0x250 for letter in summary.organization.name)
