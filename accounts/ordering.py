"""Norwegian alphabetical order, the same on every server.

None of the PostgreSQL builds we run on can be relied on to have a Norwegian collation, so names are ordered by a key:
æ, ø and å after z, with ä and ö beside their Norwegian sisters, compared byte by byte.
"""

from typing import Any

from django.db.models import CharField, F, Func, Value
from django.db.models.functions import Collate, Lower


def norwegian(*fields: str) -> list[Collate]:
    """Expressions for `order_by` that put `fields` in Norwegian order."""
    return [Collate(_letters(Lower(F(field))), "C") for field in fields]


def _letters(expression: Any) -> Func:
    return Func(expression, Value("æäøöå"), Value("{{||}"), function="translate", output_field=CharField())
