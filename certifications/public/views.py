"""The check page: whether a certificate holds, for anybody who has its code in their hands."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from certifications.numbers import in_groups
from certifications.public.addresses import qr_svg
from certifications.public.checking import check, find
from certifications.public.pages import chosen_language, in_each_language, public_page

#: Longer texts are no codes; what is typed is shown again up to here.
LONGEST = 80


@public_page
def type_a_code(request: HttpRequest) -> HttpResponse:
    """`/c/`: a form; `/c/?code=…`: what it answers."""
    typed = request.GET.get("code", "")
    return _answer(request, typed) if typed.strip() else _page(request, "form.html")


@public_page
def certificate_check(request: HttpRequest, code: str) -> HttpResponse:
    """`/c/<code>`: how the certificate stands now. What is no code and what is nobody's get the same answer."""
    return _answer(request, code)


@public_page
def certificate_qr(request: HttpRequest, code: str) -> HttpResponse:
    """The QR code of the address, for whoever knows it already."""
    certificate = find(code[:LONGEST])
    if certificate is None:
        return _unknown(request, code)
    return HttpResponse(qr_svg(certificate), content_type="image/svg+xml")


def _answer(request: HttpRequest, typed: str) -> HttpResponse:
    # Somebody may paste the whole address.
    checked = check(typed[-LONGEST:].strip().rstrip("/").rpartition("/")[2], timezone.now())
    if checked is None:
        return _unknown(request, typed)
    code = in_groups(checked.certificate.check_code)
    return _page(request, "check.html", {"checked": checked, "code": code})


def _unknown(request: HttpRequest, typed: str) -> HttpResponse:
    return _page(request, "unknown.html", {"typed": typed[:LONGEST]}, status=404)


def _page(request: HttpRequest, name: str, facts: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    code = request.GET.get("code")
    languages = in_each_language(request, **({"code": code[:LONGEST]} if code else {}))
    context = {"languages": languages, "chosen": chosen_language(request), **(facts or {})}
    return render(request, f"certifications/public/{name}", context, status=status)
