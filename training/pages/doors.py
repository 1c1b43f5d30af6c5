"""Who comes in: somebody signed in whose association has the module."""

from __future__ import annotations

from functools import wraps
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.base.pages import View, person, signed_in
from accounts.enums import Module
from accounts.models import MentorProfile
from accounts.services.modules import ModuleDisabled, organizations_with


def for_learners(view: View) -> View:
    """A page for somebody whose association uses the module."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not organizations_of(request):
            return notice(request, _("No courses here"), str(ModuleDisabled.sentence), status=403)
        return view(request, *args, **kwargs)

    return signed_in(shown)


def organizations_of(request: HttpRequest) -> frozenset[UUID]:
    """The person's organisations that use the module; asked once per request."""
    if not hasattr(request, "_training_organizations"):
        found = organizations_with(module=Module.CERTIFICATION, user=person(request))
        request._training_organizations = found  # type: ignore[attr-defined]
    organizations: frozenset[UUID] = request._training_organizations  # type: ignore[attr-defined]
    return organizations


def seen_by(request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `rows` that exist for the person, where the module is in use."""
    return rows.visible_to(person(request)).filter(organization_id__in=organizations_of(request))  # type: ignore[attr-defined,no-any-return]


def one(request: HttpRequest, rows: QuerySet[Any], key: UUID) -> Any:
    found = seen_by(request, rows).filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def learner_in(request: HttpRequest, organization_id: UUID) -> MentorProfile | None:
    """The person as a mentor of an organisation; None for staff, who see the pages and do nothing on them."""
    rows = MentorProfile.objects.filter(pk__in=person(request).access.mentors_as, organization_id=organization_id)
    found: MentorProfile | None = rows.select_related("organization").first()
    return found


def acting_learner(request: HttpRequest, organization_id: UUID) -> MentorProfile:
    """The same, for what only a mentor does."""
    learner = learner_in(request, organization_id)
    if learner is None:
        raise Http404
    return learner


def notice(request: HttpRequest, title: str, *sentences: str, status: int = 200) -> HttpResponseBase:
    """A page that says something kind."""
    context = {"title": title, "sentences": sentences}
    return render(request, "training/notice.html", context, status=status)
