"""The coordinators' desk: Django's own admin, with who may enter decided by role."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import second_factor
from accounts.base.desk import CappedSearch, DeclaredLookups
from accounts.base.text import BadText, clean_text

#: Tables of sign-in with admins of their own: people look after their devices and factors themselves, and roles are
#: memberships here, not groups. And ways to time a task that nothing here uses: entries are plain intervals.
_NOT_ON_THE_DESK = frozenset(
    {
        "account",
        "auth",
        "mfa",
        "usersessions",
        "django_celery_beat.clockedschedule",
        "django_celery_beat.crontabschedule",
        "django_celery_beat.solarschedule",
    }
)


class LookUp(AutocompleteJsonView):
    """Django's look-up for choices, which breaks when it is asked about a relation that leads back to the table."""

    def process_request(self, request: HttpRequest) -> Any:
        asked = super().process_request(request)
        source_field = asked[2]
        if source_field.auto_created:
            raise PermissionDenied
        return asked


class VardeAdminSite(AdminSite):
    site_title = "Varde"
    site_header = "Varde"
    index_title = _("Today")

    def has_permission(self, request: HttpRequest) -> bool:
        """Coordinators, administrators and platform staff, with the second factor that staff may need."""
        user = request.user
        return user.is_active and user.is_staff and not second_factor.is_missing(user, request.session)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Send whoever may not enter (yet) to where they can sign in, set up a second factor, or show it."""
        here = request.GET.get("next") or resolve_url("admin:index")
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(here, "account_login")
        if not user.is_staff:
            raise PermissionDenied
        if not second_factor.is_missing(user, request.session):
            return redirect("admin:index")
        if second_factor.has_one(user):
            return redirect_to_login(here, "mfa_reauthenticate")
        messages.info(request, _("Coordinators sign in with a second factor. Set one up to go on."))
        return redirect("mfa_index")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Leave out what is not for the desk; lists of other packages answer no more than ours do."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        wanted = [
            model for model in models if {model._meta.app_label, model._meta.label_lower}.isdisjoint(_NOT_ON_THE_DESK)
        ]
        super().register(wanted, _narrowed(admin_class or ModelAdmin), **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The queue, not a list of tables."""
        # The models are not there yet when the site is made.
        from achievements.admin.notes import summary_notes
        from certifications.admin.notes import certificate_notes
        from mentoring.admin.queue import queue_page
        from timeline.admin.notes import answer_notes

        page = queue_page(request)
        page["notes"] += [*answer_notes(request), *certificate_notes(request), *summary_notes(request)]
        return super().index(request, {**page, **(extra_context or {})})

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return LookUp.as_view(admin_site=self)(request)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Every page of the desk refuses text that the database could not store, wherever it stands."""
        inner = super().admin_view(view, cacheable)

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            _refuse_bad_text(request)
            return inner(request, *args, **kwargs)

        return update_wrapper(checked, inner)


class Narrow(CappedSearch, DeclaredLookups):
    """For admins of other packages: what Django would break on is refused."""

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        try:
            return super().response_action(request, queryset)  # type: ignore[misc]
        except (ValueError, ValidationError) as error:  # rows were chosen by keys that cannot be any
            raise BadRequest(str(error)) from error


def _narrowed(admin_class: type[Any]) -> type[Any]:
    if issubclass(admin_class, DeclaredLookups):
        return admin_class
    return type(admin_class.__name__, (Narrow, admin_class), {"__module__": admin_class.__module__})


def _refuse_bad_text(request: HttpRequest) -> None:
    try:
        clean_text(request.path)
        for given in (request.GET, request.POST):
            for name, values in given.lists():
                for text in (name, *values):
                    clean_text(text)
    except BadText as refusal:
        raise BadRequest(gettext("This text holds characters that cannot be stored.")) from refusal
