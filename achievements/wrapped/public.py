"""A year that its mentor has shared: for whoever has the link, until it expires or is withdrawn."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.local_time import local_date
from achievements import services
from achievements.models import SummaryShare
from achievements.wrapped.images import HEIGHT, WIDTH, image_answer
from achievements.wrapped.reading import shared_year
from achievements.wrapped.story import in_a_sentence
from certifications.public.pages import chosen_language, in_each_language, public_page

TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)


@public_page
def shared_page(request: HttpRequest, token: str) -> HttpResponse:
    """`/w/<token>/`: a first name, an association, numbers and months. Nothing about anybody else."""
    share = _live(token)
    if share is None:
        return _gone(request)
    summary = share.summary
    language = chosen_language(request)
    address = f"{settings.SITE_URL}{request.path}"
    context = {
        **shared_year(summary),
        "languages": in_each_language(request),
        "until": date_format(local_date(share.expires_at, summary.organization.time_zone), "DATE_FORMAT"),
        "in_a_sentence": in_a_sentence(summary),
        "address": address,
        "image": f"{reverse('wrapped-shared-image', args=[token])}{f'?language={language}' if language else ''}",
        "site": settings.SITE_URL,
        "image_size": (WIDTH, HEIGHT),
    }
    return render(request, "achievements/wrapped/shared.html", context)


@public_page
def shared_image(request: HttpRequest, token: str) -> HttpResponse:
    """`/w/<token>/image.png`: the picture, as long as the link is there."""
    share = _live(token)
    return image_answer(request, share.summary) if share else _gone(request)


def _live(token: str) -> SummaryShare | None:
    """The share behind the link; what can be no token is not looked for."""
    if not TOKEN.fullmatch(token):
        return None
    return services.shared_summary(token=token, at=timezone.now())


def _gone(request: HttpRequest) -> HttpResponse:
    """Expired, withdrawn and never there: one answer."""
    context = {"languages": in_each_language(request)}
    return render(request, "achievements/wrapped/gone.html", context, status=404)
