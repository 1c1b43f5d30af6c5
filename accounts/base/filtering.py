"""Query parameters: typed, known by name, given once."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, CharFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from accounts.base.text import shown


class KnownParameters:
    """A view that refuses every query parameter that it does not know, whatever the method, before it does anything.

    What reads one row and what writes knows none. Any other GET knows its `filterset_class` and its pages; one that
    has neither says `pagination_class=None` and `filterset_class=None` in its `@action`.
    """

    request: Any

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        refuse_unknown_parameters(request, self._known_parameters())

    def _known_parameters(self) -> frozenset[str]:
        if self.request.method not in ("GET", "HEAD") or getattr(self, "action", "retrieve") == "retrieve":
            return frozenset()
        filterset = getattr(self, "filterset_class", None)
        names = frozenset(filterset.base_filters) if filterset else frozenset()
        return names | getattr(getattr(self, "paginator", None), "query_parameters", frozenset())


class StrictFilters(DjangoFilterBackend):
    """The view's `filterset_class`; what it would overlook is refused. Looking for one row filters nothing."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        return queryset if getattr(view, "detail", False) else self.narrow(request, queryset, view)

    def narrow(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """`queryset` as far as the parameters say; for a view of one row that filters what belongs to it."""
        self._refuse_unclear(request, queryset, view)
        return super().filter_queryset(request, queryset, view)

    def _refuse_unclear(self, request: Request, queryset: QuerySet[Any], view: Any) -> None:
        """Django takes nothing, and a yes or no that it does not understand, for "not given": it would show all."""
        filterset = self.get_filterset_class(view, queryset)
        errors = {}
        for name, asked in filterset.base_filters.items() if filterset else ():
            said = request.query_params.get(name)
            if said == "" and not isinstance(asked, CharFilter):
                errors[name] = [ErrorDetail(_("Say something here, or leave the parameter out."), code="blank")]
            elif said is not None and isinstance(asked, BooleanFilter) and said.lower() not in ("true", "false"):
                errors[name] = [ErrorDetail(_("Say true or false."), code="invalid")]
        if errors:
            raise ValidationError(errors)


def refuse_unknown_parameters(request: Request, known: frozenset[str]) -> None:
    """Raise `ValidationError` for parameters outside `known` and for those given twice."""
    errors = {}
    for name, values in list(request.query_params.lists())[:20]:
        if name not in known:
            errors[shown(name)] = [ErrorDetail(_("There is no such parameter."), code="unknown_parameter")]
        elif len(values) > 1:
            errors[name] = [ErrorDetail(_("Give this parameter once."), code="repeated_parameter")]
    if errors:
        raise ValidationError(errors)
