"""Every list of the desk as CSV or XLSX: the same rows and columns as on the screen, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

#: What a spreadsheet takes for the beginning of a formula.
_ARMED = ("=", "+", "-", "@", "\t", "\r")
_IN_MEMORY_BYTES = 4 * 1024 * 1024
_ROWS_AT_ONCE = 1000


def disarm(value: Any) -> Any:
    """`value`, with an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_ARMED) else value


def write_csv(rows: Iterator[Sequence[Any]], file: IO[bytes], title: str) -> None:
    """UTF-8 with a byte order mark, without which Excel takes it for something else."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    csv.writer(text).writerows([_as_text(value) for value in row] for row in rows)
    text.detach()


def write_xlsx(rows: Iterator[Sequence[Any]], file: IO[bytes], title: str) -> None:
    """One sheet, written row by row; moments as local clock time, which is all a spreadsheet knows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(ILLEGAL_CHARACTERS_RE.sub("", title)[:31])
    for row in rows:
        sheet.append([_as_cell(value) for value in row])
    book.save(file)


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else disarm(value)


def _as_cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None)
    return disarm(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value


_WRITERS: dict[str, tuple[Callable[..., None], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


#: The kinds of file that a table can be had as.
KINDS = tuple(_WRITERS)


def as_file(rows: Iterator[Sequence[Any]], kind: str, *, name: str, title: str) -> FileResponse:
    """A table to download, as one of `KINDS`; the file's name ends with the day.

    Written inside the request's transaction, so that all of it is of one moment.
    """
    write, content_type = _WRITERS[kind]
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 the response closes it
    write(rows, file, title)
    file.seek(0)
    filename = f"{name}-{datetime.now(UTC):%Y-%m-%d}.{kind}"
    return FileResponse(file, as_attachment=True, filename=filename, content_type=content_type)


class Exportable:
    """Gives an admin's list two links that download what it shows, with the search and the filters of the moment.

    `export_columns` names more, or other, columns than `list_display`. Notes about people have no column in either.
    """

    export_columns: Sequence[Any] = ()
    export_limit = 100_000
    exports = KINDS

    def get_urls(self) -> list[URLPattern]:
        admin: Any = self
        name = f"{admin.opts.app_label}_{admin.opts.model_name}_export"
        view = admin.admin_site.admin_view(self.export_view)
        own = [path(f"export.{kind}", view, {"kind": kind}, name=f"{name}_{kind}") for kind in KINDS]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def export_links(self) -> list[tuple[str, str]]:
        """The name and address of each export, for the list's page."""
        opts = self.opts  # type: ignore[attr-defined]
        name = f"admin:{opts.app_label}_{opts.model_name}_export"
        return [(kind.upper(), reverse(f"{name}_{kind}")) for kind in KINDS]

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse | FileResponse:
        admin: Any = self
        if not admin.has_view_permission(request):
            raise PermissionDenied
        listing = reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_changelist")
        try:
            rows = admin.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{listing}?e=1")
        if rows[self.export_limit : self.export_limit + 1].exists():
            admin.message_user(request, _("This is too much for one file. Narrow the list first."), messages.ERROR)
            return HttpResponseRedirect(listing)
        lines = self._export_rows(request, rows)
        return as_file(lines, kind, name=admin.opts.model_name, title=str(admin.opts.verbose_name_plural))

    def _export_rows(self, request: HttpRequest, rows: Any) -> Iterator[list[Any]]:
        admin: Any = self
        columns = [name for name in self.export_columns or admin.get_list_display(request) if name != "action_checkbox"]
        yield [str(label_for_field(name, admin.model, admin)) for name in columns]
        for row in rows.iterator(chunk_size=_ROWS_AT_ONCE):
            yield [self._export_value(name, row) for name in columns]

    def _export_value(self, name: Any, row: Any) -> Any:
        try:
            field, __, value = lookup_field(name, row, self)  # type: ignore[arg-type]
        except (ObjectDoesNotExist, FieldDoesNotExist):
            return ""
        if field is not None and getattr(field, "flatchoices", None):
            value = dict(field.flatchoices).get(value, value)
        if value is None:
            return ""
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, datetime | date | int | float):
            return value
        return strip_tags(str(localize(value))) if hasattr(value, "__html__") else str(value)
