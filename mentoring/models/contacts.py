"""The people whom mentors support."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.base.models import TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.models import LocalAssociation
from mentoring.querysets import ContactQuerySet


class Contact(TenantRow):
    """The person a mentor supports. Has no log-in; that they are here at all is sensitive."""

    local_association = models.ForeignKey(
        LocalAssociation,
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="+",
        verbose_name=_("local association"),
    )
    number = models.CharField(_("number"), max_length=40, blank=True)
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            unique_in_organization("contact_tenant_key"),
            SameOrganization(field="local_association", name="contact_association_in_org"),
            models.UniqueConstraint(
                fields=["organization", "number"], condition=~Q(number=""), name="contact_number_once"
            ),
        ]
        indexes = [models.Index(fields=["local_association"], name="contact_by_association")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
