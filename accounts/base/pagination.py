"""How lists are cut into pages: numbered ones with a total, and endless ones behind a signed cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.core.exceptions import ValidationError as BadValue
from django.core.paginator import Paginator
from django.db.models import BooleanField, F, Func, Model, QuerySet, Value
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.pagination import BasePagination, Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_PAGE = 100_000


def whole_number(request: Request, name: str, default: int, largest: int) -> int:
    """The query parameter `name` as a number from 1 to `largest`; anything else is refused with 400."""
    text = request.query_params.get(name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    if not 1 <= number <= largest:
        sentence = _("Give a whole number from 1 to %(largest)d.") % {"largest": largest}
        raise ValidationError({name: [ErrorDetail(sentence, code="out_of_range")]})
    return number


class Pages(BasePagination):
    """`{data, pagination: {page, limit, total}}`. A page behind the last one is empty, not an error."""

    query_parameters = frozenset({"page", "limit"})

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        self.limit = whole_number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT)
        self.page = whole_number(request, "page", 1, MAX_PAGE)
        self.total = Paginator(queryset, self.limit).count
        first = (self.page - 1) * self.limit
        return list(queryset[first : first + self.limit]) if first < self.total else []

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "pagination": {"page": self.page, "limit": self.limit, "total": self.total}})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return _envelope(schema, {"page": _number(1), "limit": _number(DEFAULT_LIMIT), "total": _number(1)})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_parameter("page", MAX_PAGE, 1), _limit_parameter()]


class SignedCursor(CursorPagination):
    """`{data, pagination: {limit, next, previous}}`, newest first: cost does not grow with how far one has scrolled.

    Subclasses give `ordering`. The cursor is signed, so nobody can make the database read nonsense.
    """

    query_parameters = frozenset({"cursor", "limit"})
    page_size_query_param = "limit"

    def get_page_size(self, request: Request) -> int:
        return whole_number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT)

    def get_paginated_response(self, data: Any) -> Response:
        pages = {"limit": self.page_size, "next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"data": data, "pagination": pages})

    # DRF makes whole addresses of cursors; ours are bare tokens, so no proxy can get them wrong.
    def encode_cursor(self, cursor: Cursor) -> str:
        return signing.dumps([cursor.offset, cursor.reverse, cursor.position], salt=self._salt(), compress=False)

    def decode_cursor(self, request: Request) -> Cursor | None:
        token = request.query_params.get(self.cursor_query_param)
        if token is None:
            return None
        try:
            return Cursor(*signing.loads(token, salt=self._salt()))
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise _foreign_cursor() from error

    def _salt(self) -> str:
        return f"cursor:{','.join(self.ordering)}"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return _envelope(schema, {"limit": _number(DEFAULT_LIMIT), "next": _CURSOR, "previous": _CURSOR})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_CURSOR_PARAMETER, _limit_parameter()]


# --- Pages by the values of their last row ----------------------------------------------------------------------------


class BadCursor(ValueError):
    """Not a token of ours, or one of another list."""


@dataclass(frozen=True)
class KeysetPage:
    """Rows, and the tokens by which the pages after and before them are asked for."""

    rows: list[Any]
    next: str | None = None
    previous: str | None = None


#: The rows after a place (before it, going backward), at most so many; without a place, from the beginning.
Fetch = Callable[[list[Any] | None, bool, int], list[Any]]


def keyset_page(rows: QuerySet[Any], *, scope: str, token: str | None, limit: int) -> KeysetPage:
    """`limit` rows (models or `values()`) of an ordered queryset after, or before, the place that `token` names."""
    order = Ordering(rows.model, rows.query.order_by)

    def fetch(place: list[Any] | None, backward: bool, count: int) -> list[Any]:
        return list((order.beyond(rows, place, backward) if place else rows)[:count])

    return order.page(fetch, scope=scope, token=token, limit=limit)


class Ordering:
    """By what rows are ordered, and the places in it.

    A place is the values by which a row is ordered, compared as one: of rows that are equal in all but the last, which
    is unique, none is lost and none seen twice, and the hundredth page costs what the first does. All orderings go the
    same way, as an index does. The token of a place is signed for the ordering and for a scope, which says which list
    it is: one that is made up, or of another list, is a `BadCursor`.
    """

    def __init__(self, model: type[Model], names: Sequence[Any]) -> None:
        said = [str(name) for name in names]
        ways = {name.startswith("-") for name in said}
        if len(ways) != 1:
            raise ImproperlyConfigured("Rows that are cut into pages are ordered, all one way.")
        self.is_descending = ways == {True}
        self.names = [name.lstrip("-") for name in said]
        self._fields = [model._meta.get_field(name) for name in self.names]
        self._salt = f"keyset:{model._meta.label}:{','.join(said)}:"

    def page(self, fetch: Fetch, *, scope: str, token: str | None, limit: int) -> KeysetPage:
        salt = self._salt + scope
        backward, place = (False, None) if token is None else self._read(token, salt)
        found = fetch(place, backward, limit + 1)
        has_more, found = len(found) > limit, found[:limit]
        if not found:
            return KeysetPage([])
        if backward:
            found.reverse()
        return KeysetPage(
            found,
            next=self._token(found[-1], salt, backward=False) if backward or has_more else None,
            previous=self._token(found[0], salt, backward=True) if (has_more if backward else place) else None,
        )

    def beyond(self, rows: QuerySet[Any], place: Sequence[Any], backward: bool) -> QuerySet[Any]:
        """`(a, b) > (x, y)`: one comparison, by which the database walks an index to the place."""
        sign = "<" if self.is_descending != backward else ">"
        values = (Value(value, output_field=field) for value, field in zip(place, self._fields, strict=True))
        is_beyond = Func(
            _row(*(F(name) for name in self.names)),
            _row(*values),
            template="%(expressions)s",
            arg_joiner=f" {sign} ",
            output_field=BooleanField(),
        )
        rows = rows.filter(is_beyond)
        return rows.reverse() if backward else rows

    def _token(self, row: Any, salt: str, *, backward: bool) -> str:
        values = [row[name] if isinstance(row, Mapping) else getattr(row, name) for name in self.names]
        return signing.dumps([backward, [str(value) for value in values]], salt=salt, compress=False)

    def _read(self, token: str, salt: str) -> tuple[bool, list[Any]]:
        try:
            backward, said = signing.loads(token, salt=salt)
            return backward, [field.to_python(value) for field, value in zip(self._fields, said, strict=True)]
        except (signing.BadSignature, BadValue, ValueError, TypeError) as error:
            raise BadCursor from error


def _row(*expressions: Any) -> Func:
    return Func(*expressions, template="(%(expressions)s)", output_field=BooleanField())


class Keyset(BasePagination):
    """`{data, pagination: {limit, next, previous}}` by the values of the last row; the queryset says the order.

    A list is its address with all its other parameters, for one person: a cursor leads nowhere else.
    """

    query_parameters = frozenset({"cursor", "limit"})

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        return self._cut(request, partial(keyset_page, queryset))

    def paginate(self, order: Ordering, fetch: Fetch, request: Request) -> list[Any]:
        """The same for rows that are no queryset."""
        return self._cut(request, partial(order.page, fetch))

    def _cut(self, request: Request, page: Callable[..., KeysetPage]) -> list[Any]:
        said = request.query_params
        others = [f"{name}={said[name]}" for name in sorted(said) if name not in self.query_parameters]
        scope = "&".join([request.path, str(request.user.pk), *others])
        self.limit = whole_number(request, "limit", DEFAULT_LIMIT, MAX_LIMIT)
        try:
            self.page = page(scope=scope, token=said.get("cursor"), limit=self.limit)
        except BadCursor as error:
            raise _foreign_cursor() from error
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        pages = {"limit": self.limit, "next": self.page.next, "previous": self.page.previous}
        return Response({"data": data, "pagination": pages})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return _envelope(schema, {"limit": _number(DEFAULT_LIMIT), "next": _CURSOR, "previous": _CURSOR})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_CURSOR_PARAMETER, _limit_parameter()]


_CURSOR = {"type": ["string", "null"], "description": "Send it as `cursor`.", "example": None}
_CURSOR_PARAMETER = {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}}


def _foreign_cursor() -> ValidationError:
    sentence = _("This cursor is not one of ours.")
    return ValidationError({"cursor": [ErrorDetail(sentence, code="invalid_cursor")]})


def _number(example: int) -> dict[str, Any]:
    return {"type": "integer", "example": example}


def _envelope(schema: dict[str, Any], pagination: dict[str, Any]) -> dict[str, Any]:
    pages = {"type": "object", "required": list(pagination), "properties": pagination}
    return {"type": "object", "required": ["data", "pagination"], "properties": {"data": schema, "pagination": pages}}


def _parameter(name: str, largest: int, default: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 1, "maximum": largest, "default": default}
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _limit_parameter() -> dict[str, Any]:
    return _parameter("limit", MAX_LIMIT, DEFAULT_LIMIT)
