"""What the admins of mentoring share: rows in the person's care, and pages on which a verb is done to some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.base.admin import TenantAdmin, TenantRelatedFilter, visible
from accounts.base.desk import DayInput, MomentField
from accounts.base.refusals import Refusal
from accounts.base.walls import walls_speak
from accounts.models import User
from operations.models import Job

__all__ = [
    "AreaFilter",
    "DayInput",
    "DeskAdmin",
    "MomentField",
    "ReasonForm",
    "Verb",
    "VerbForm",
    "by_of",
    "in_care",
    "on_fields",
]

#: So many rows a verb takes on at once; more is a job for a background run.
MOST_AT_ONCE = 200
#: So many rows one background run takes on.
MOST_IN_BACKGROUND = 5_000

#: What the API calls a field, where the desk calls it something else.
_FORM_NAMES = {"peer_mentor_id": "mentor", "mentee_id": "contact"}


def in_care(rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """Those of `rows` that the person looks after: a coordinator's own log as a mentor elsewhere is not among them."""
    access = user.access
    if access.is_platform_staff:
        return rows
    return rows.filter(Q(organization_id__in=access.administers) | Q(local_association_id__in=access.cares_for))


@contextmanager
def on_fields() -> Iterator[None]:
    """Turn the field that a refusal names into the one of the desk's forms."""
    try:
        yield
    except Refusal as refusal:
        if refusal.field:
            refusal.field = _FORM_NAMES.get(refusal.field, refusal.field.removesuffix("_id"))
        raise


def by_of(request: HttpRequest) -> User:
    """The person behind a request that has passed the desk's door."""
    assert isinstance(request.user, User)
    return request.user


class AreaFilter(TenantRelatedFilter):
    """The local associations in one's care; a big organisation's list ends where nobody would read on."""

    MOST = 80

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        rows = visible(field.remote_field.model._default_manager.all(), request)
        return [(row.pk, str(row)) for row in rows.order_by("name", "pk")[: self.MOST]]


class VerbForm(forms.Form):
    """What a verb wants to know. Gets the rows it is about, whose organisations bound its choices."""

    required_css_class = "required"

    def __init__(self, *args: Any, rows: Sequence[Any], request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows, self.request = rows, request
        self.prepare()

    def prepare(self) -> None:
        """Fill in choices and first values."""


@dataclass(frozen=True)
class Verb:
    """One thing to do to chosen rows: a page with the rows, a form if it needs one, and a button.

    `run(row, cleaned_data, by, at)` calls the service; `done(n)` says what was done. `preview(rows, cleaned_data)`
    gives, per row, a sentence and whether it will work, and makes the page ask once more. `offered(row)` says whether
    the row's own page shows it. `run_all(rows, cleaned_data, by, at)` does it to several in one go, all or nothing, and
    gives how many it was. A verb with `queue(rows, cleaned_data, by, at)`, which gives a job, takes on many more rows:
    in the background.
    """

    name: str
    title: Any
    run: Callable[..., object]
    done: Callable[[int], str]
    form: type[VerbForm] | None = None
    preview: Callable[[Sequence[Any], dict[str, Any]], list[tuple[Any, str, bool]]] | None = None
    offered: Callable[[Any], bool] = lambda row: True
    help_text: Any = ""
    run_all: Callable[[Sequence[Any], dict[str, Any], User, datetime], int] | None = None
    queue: Callable[[Sequence[Any], dict[str, Any], User, datetime], Job] | None = None

    @property
    def most(self) -> int:
        """So many rows it takes on."""
        return MOST_IN_BACKGROUND if self.queue else MOST_AT_ONCE


class DeskAdmin(TenantAdmin):
    """An admin of rows in one's care, with `verbs`: each a page for one row, and an action of the list for many."""

    verbs: Sequence[Verb] = ()
    #: Names of the verbs that the list offers for several rows at once.
    bulk_verbs: Sequence[str] = ()
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.cared_for(super().get_queryset(request), by_of(request))

    def cared_for(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """Those of `rows` that the person looks after. Rows without a local association of their own say how."""
        return in_care(rows, user)

    def name_of(self, row: Any) -> str:
        """What a verb's page calls a row."""
        return str(row)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        """Plain lists to choose from: labelled, quick by keyboard, and without a script that the browser stops."""
        rows: Any = super().get_field_queryset(db, db_field, request)
        if db_field.name == "mentor":
            return rows.with_people().order_by("user__first_name", "user__last_name", "pk")
        return rows.present().order_by("first_name", "last_name", "pk") if db_field.name == "contact" else rows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the small pencils beside every choice: a form is about one thing."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for name in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
            if field is not None and hasattr(field.widget, name):
                setattr(field.widget, name, False)
        return field

    # --- Addresses

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"do/{verb.name}/",
                self.admin_site.admin_view(partial(self.verb_view, verb=verb)),
                name=self._verb_name(verb.name),
            )
            for verb in self.verbs
        ]
        return [*own, *super().get_urls()]

    def verb_address(self, name: str, pk: object = None, back: str = "") -> str:
        """Where a verb is done; with the row, and where to go afterwards."""
        query = {key: value for key, value in (("ids", pk), ("next", back)) if value}
        return reverse(f"admin:{self._verb_name(name)}") + (f"?{urlencode(query)}" if query else "")

    def _verb_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_do_{name}"

    def _links_to_pages(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        links = super()._links_to_pages(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return links
        verbs = [verb for verb in self.verbs if verb.offered(row)]
        return [{"title": str(verb.title), "url": self.verb_address(verb.name, row.pk)} for verb in verbs] + links

    # --- Several rows at once

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        chosen = [verb for verb in self.verbs if verb.name in self.bulk_verbs]
        return {verb.name: (partial(_begin, verb=verb), verb.name, verb.title) for verb in chosen}

    # --- The page of a verb

    def verb_view(self, request: HttpRequest, verb: Verb) -> HttpResponse:
        rows = self._chosen(request, verb.most)
        form = self._form(request, verb, rows, request.POST if request.method == "POST" else None)
        if request.method != "POST" or not (form is None or form.is_valid()):
            return self._ask(request, verb, rows, form)
        facts = form.cleaned_data if form else {}
        if verb.preview and "confirm" not in request.POST:
            return self._ask(request, verb, rows, form, preview=verb.preview(rows, facts))
        if not self._do(request, verb, rows, form, facts):
            return self._ask(request, verb, rows, form)
        return HttpResponseRedirect(self._back(request, rows))

    def begin(self, request: HttpRequest, verb: Verb, rows: Sequence[Any]) -> HttpResponse:
        """The first look at a verb's page, for rows that were ticked in the list."""
        return self._ask(request, verb, rows, self._form(request, verb, rows, None))

    def _chosen(self, request: HttpRequest, most: int) -> list[Any]:
        given = (request.POST if request.method == "POST" else request.GET).getlist("ids")
        try:
            ids = {UUID(each) for several in given for each in several.split(",")}
        except ValueError as error:
            raise Http404 from error
        rows = list(self.get_queryset(request).filter(pk__in=ids).order_by("pk")) if len(ids) <= most else []
        if not rows or len(rows) != len(ids):
            raise Http404
        if not all(self.may_enter(request, row) for row in rows):
            raise PermissionDenied
        return rows

    def _form(self, request: HttpRequest, verb: Verb, rows: Sequence[Any], data: Any) -> VerbForm | None:
        return verb.form(data, rows=rows, request=request) if verb.form else None

    def _do(
        self, request: HttpRequest, verb: Verb, rows: Sequence[Any], form: VerbForm | None, facts: dict[str, Any]
    ) -> bool:
        """Do it to each row, each on its own. False when there is one row, and a form to put the refusal on."""
        by, at, done = by_of(request), timezone.now(), 0
        if verb.queue and len(rows) > MOST_AT_ONCE:
            self.tell_of_job(request, verb.queue(rows, facts, by, at))
            return True
        if verb.run_all and len(rows) > 1:
            return self._do_all(request, verb, rows, form, facts)
        for row in rows:
            try:
                with walls_speak(), transaction.atomic(), on_fields():
                    verb.run(row, facts, by, at)
                done += 1
            except Refusal as refusal:
                if form is not None and len(rows) == 1:
                    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
                    return False
                self.message_user(request, f"{self.name_of(row)}: {refusal}", messages.WARNING)
        if done:
            self.message_user(request, verb.done(done), messages.SUCCESS)
        return True

    def _do_all(
        self, request: HttpRequest, verb: Verb, rows: Sequence[Any], form: VerbForm | None, facts: dict[str, Any]
    ) -> bool:
        """Do it to all rows in one go. False when it is refused, and there is a form to put the refusal on."""
        assert verb.run_all is not None
        try:
            with walls_speak(), transaction.atomic(), on_fields():
                done = verb.run_all(rows, facts, by_of(request), timezone.now())
        except Refusal as refusal:
            if form is None:
                self.message_user(request, str(refusal), messages.WARNING)
                return True
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            return False
        self.message_user(request, verb.done(done), messages.SUCCESS)
        return True

    def tell_of_job(self, request: HttpRequest, job: Job) -> None:
        sentence = format_html(
            '{} <a href="{}">{}</a>',
            _("This runs in the background; you can leave this page."),
            reverse("admin:operations_job_change", args=[job.pk]),
            _("See how far it is"),
        )
        self.message_user(request, sentence, messages.SUCCESS)

    def _back(self, request: HttpRequest, rows: Sequence[Any]) -> str:
        """Where the person came from, if that is here; else the row, or the list."""
        given = request.POST.get("next", "") or request.GET.get("next", "")
        if url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure()):
            return given
        info = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if len(rows) == 1 and self.get_queryset(request).filter(pk=rows[0].pk).exists():
            return reverse(f"{info}_change", args=[rows[0].pk])
        return reverse(f"{info}_changelist")

    def _ask(
        self,
        request: HttpRequest,
        verb: Verb,
        rows: Sequence[Any],
        form: VerbForm | None,
        preview: list[tuple[Any, str, bool]] | None = None,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": verb.title,
            "verb": verb,
            "rows": rows,
            # One field when there are many: a request has at most a thousand.
            "ids": [row.pk for row in rows] if len(rows) <= MOST_AT_ONCE else [",".join(str(row.pk) for row in rows)],
            "names": [self.name_of(row) for row in rows[:MOST_AT_ONCE]],
            "hidden_count": max(0, len(rows) - MOST_AT_ONCE),
            "form": form,
            "preview": preview and preview[:MOST_AT_ONCE],
            "works_count": sum(works for *__, works in preview or []),
            "stays_count": sum(not works for *__, works in preview or []),
            "can_confirm": bool(preview) and any(works for *__, works in preview or []),
            "action": self.verb_address(verb.name),
            "back": self._back(request, rows),
        }
        return TemplateResponse(request, "admin/desk/verb.html", context)


def _begin(desk: DeskAdmin, request: HttpRequest, rows: QuerySet[Any], *, verb: Verb) -> HttpResponse | None:
    chosen = list(rows.order_by("pk")[: verb.most + 1])
    if len(chosen) > verb.most:
        sentence = ngettext("Choose at most %d row.", "Choose at most %d rows.", verb.most) % verb.most
        desk.message_user(request, sentence, messages.ERROR)
        return None
    return desk.begin(request, verb, chosen)


class ReasonForm(VerbForm):
    """Why, in a few words; goes into the row's history."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
