"""Promises about organisations that PostgreSQL keeps for us."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.utils.translation import gettext_lazy as _


class SameOrganization(models.BaseConstraint):
    """The row that `field` points at belongs to this row's organisation.

    A composite foreign key (organization_id, field) → (organization_id, id). It replaces the plain one, so declare
    the field with `db_constraint=False`; the target needs a unique constraint on (organization, id). Row-level
    security does not check foreign keys, so this is the wall that a wrong id in a bulk insert runs into.
    """

    default_error_message = _("This belongs to another organisation.")

    def __init__(self, *, field: str, name: str, **kwargs: Any) -> None:
        self.field = field
        super().__init__(name=name, **kwargs)

    # Like plain foreign keys it is made at the end of a migration, when the key it points at is there.
    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        schema_editor.deferred_sql.append(self._statement(model, schema_editor))

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
        assert model is not None
        assert schema_editor is not None
        self.constraint_sql(model, schema_editor)

    def _statement(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        field = model._meta.get_field(self.field)
        target = field.related_model._meta  # type: ignore[union-attr]
        quote = schema_editor.quote_name
        return Statement(
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(organization)s, %(column)s)"
            " REFERENCES %(target)s (%(organization)s, %(key)s)",
            table=Table(model._meta.db_table, quote),
            name=quote(self.name),
            organization=quote("organization_id"),
            column=quote(field.column),  # type: ignore[union-attr]
            target=quote(target.db_table),
            key=quote(target.pk.column),
        )

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Statement:
        assert model is not None
        assert schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=schema_editor.quote_name(model._meta.db_table),
            name=schema_editor.quote_name(self.name),
        )

    def validate(
        self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default"
    ) -> None:
        if self.field in (exclude or ()) or instance.organization_id is None:  # type: ignore[attr-defined]
            return  # the field has an error of its own already, or the verb fills in the organisation
        target = getattr(instance, self.field)
        if target is not None and target.organization_id != instance.organization_id:  # type: ignore[attr-defined]
            raise ValidationError({self.field: self.get_violation_error_message()}, code="other_organization")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SameOrganization):
            return (self.name, self.field) == (other.name, other.field)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, self.field))

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field}


def unique_in_organization(name: str) -> models.UniqueConstraint:
    """The key that `SameOrganization` of other tables points at."""
    return models.UniqueConstraint(fields=["organization", "id"], name=name)
