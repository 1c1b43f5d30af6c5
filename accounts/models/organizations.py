"""The tenant, its tree of local associations and its modules."""

from datetime import time

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.base.models import Row, TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.enums import ContactTerm, Language, Level, MentorTerm, Module
from accounts.querysets import LocalAssociationQuerySet, ModuleSettingQuerySet, OrganizationQuerySet
from accounts.zones import is_zone


def validate_time_zone(name: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if not is_zone(name):
        raise ValidationError(_("“%(name)s” is not a time zone."), code="unknown_time_zone", params={"name": name})


class Organization(Row):
    """The tenant: a disability association. Nothing of it exists for anybody outside."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    organisation_number = models.CharField(
        _("organisation number"),
        max_length=9,
        blank=True,
        validators=[RegexValidator(r"^\d{9}$", _("An organisation number has nine digits."))],
    )
    locale = models.CharField(_("language"), max_length=5, choices=Language, default=Language.BOKMAL)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Oslo", validators=[validate_time_zone])
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, default=time(21))
    quiet_to = models.TimeField(_("quiet until"), null=True, blank=True, default=time(8))
    mentor_term = models.CharField(
        _("word for mentors"), max_length=20, choices=MentorTerm, default=MentorTerm.PEER_MENTOR
    )
    contact_term = models.CharField(
        _("word for contacts"), max_length=20, choices=ContactTerm, default=ContactTerm.CONTACT
    )
    is_test = models.BooleanField(_("for testing"), default=False)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_number"],
                condition=~Q(organisation_number=""),
                name="organisation_number_once",
                violation_error_message=_("This organisation number is already in use."),
            ),
            models.CheckConstraint(
                condition=Q(organisation_number="") | Q(organisation_number__regex=r"^\d{9}$"),
                name="organisation_number_has_9_digits",
                violation_error_message=_("An organisation number has nine digits."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LocalAssociation(TenantRow):
    """A chapter (lokallag) in the tree national association > region > local association."""

    name = models.CharField(_("name"), max_length=200)
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.LOCAL)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="children",
        verbose_name=pgettext_lazy("tree", "belongs to"),
    )

    objects = LocalAssociationQuerySet.as_manager()

    class Meta:
        verbose_name = _("local association")
        verbose_name_plural = _("local associations")
        constraints = [
            unique_in_organization("local_association_tenant_key"),
            SameOrganization(field="parent", name="local_association_parent_in_org"),
            models.UniqueConstraint(
                "organization",
                "level",
                "name",
                name="local_association_name_once",
                violation_error_code="unique",
            ),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="local_association_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class ModuleSetting(TenantRow):
    """Whether an organisation uses a module. Without a row it does not."""

    module = models.CharField(_("module"), max_length=40, choices=Module)
    is_enabled = models.BooleanField(_("in use"), default=True)

    objects = ModuleSettingQuerySet.as_manager()

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        constraints = [models.UniqueConstraint(fields=["organization", "module"], name="module_once_per_organization")]

    def __str__(self) -> str:
        return self.get_module_display()
