"""Pages about one row of the desk: a small form that ends in a verb."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from accounts.base.refusals import Refusal
from accounts.base.walls import walls_speak


@dataclass(frozen=True)
class RowPage:
    """A page about one row: a small form that ends in a verb.

    `act` names the admin's method `(request, row, cleaned_data) -> sentence`; a `Refusal` from it stands above the
    form. `offered(row)` says whether the change form shows the link.
    """

    name: str
    title: Any
    form: type[forms.Form]
    act: str
    help_text: Any = ""
    offered: Callable[[Any], bool] = lambda row: True


class RowPages(admin.ModelAdmin):
    """An admin with `row_pages`: each has an address below the row's, and the row's own page leads there."""

    row_pages: Sequence[RowPage] = ()
    may_enter: Callable[..., bool]

    def get_urls(self) -> list[URLPattern]:
        info = self.opts.app_label, self.opts.model_name
        own = [
            path(
                f"<path:object_id>/{page.name}/",
                self.admin_site.admin_view(partial(self._row_page, page=page)),
                name="{}_{}_{}".format(*info, page.name),
            )
            for page in self.row_pages
        ]
        return [*own, *super().get_urls()]

    def may_use(self, request: HttpRequest, page: RowPage, row: Any) -> bool:
        """May the person use this page about this row? Whoever may enter may, unless an admin says otherwise."""
        return self.may_enter(request, row)

    def _row_page(self, request: HttpRequest, object_id: str, page: RowPage) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.may_use(request, page, row):
            raise PermissionDenied
        form = self.row_form(request, page, row)
        if request.method == "POST" and form.is_valid():
            try:
                with walls_speak(), transaction.atomic():
                    sentence = getattr(self, page.act)(request, row, form.cleaned_data)
                self.message_user(request, sentence, messages.SUCCESS)
                return HttpResponseRedirect(self._address(row.pk))
            except Refusal as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": page.title,
            "subtitle": str(row),
            "page": page,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "accounts/row_page.html", context)

    def row_form(self, request: HttpRequest, page: RowPage, row: Any) -> forms.Form:
        """The page's form. A form class that wants the row or the request gets them as `row` and `request`."""
        given: dict[str, Any] = {"data": request.POST if request.method == "POST" else None}
        if getattr(page.form, "about_row", False):
            given |= {"row": row, "request": request}
        return page.form(**given)

    def _links_to_pages(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        row = self.get_object(request, unquote(object_id)) if object_id and self.row_pages else None
        if row is None:
            return []
        info = self.opts.app_label, self.opts.model_name
        return [
            {"title": page.title, "url": reverse("admin:{}_{}_{}".format(*info, page.name), args=[row.pk])}
            for page in self.row_pages
            if page.offered(row) and self.may_use(request, page, row)
        ]

    def _address(self, pk: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
