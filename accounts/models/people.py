"""Users, the roles they have in organisations, and what a coordinator cares for."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.access import Access, access_of
from accounts.base.models import Row, TenantRow
from accounts.constraints import SameOrganization, unique_in_organization
from accounts.enums import Language, Role
from accounts.models.organizations import validate_time_zone
from accounts.querysets import CareAreaQuerySet, MembershipQuerySet, UserQuerySet


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Finds people by e-mail, whatever its case."""

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user. Without a password there is none to log in with until it is reset by e-mail."""
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, Row):
    """A person who can log in, by e-mail. What they may do comes from their memberships."""

    email = models.EmailField(
        _("e-mail"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("This e-mail address is in use.")},
    )
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.BOKMAL)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Empty: the organisation's."),
    )
    is_active = models.BooleanField(_("may log in"), default=True)
    is_superuser = models.BooleanField(_("platform staff"), default=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    @cached_property
    def access(self) -> Access:
        """What this person may see; read once per loaded user, so every request reads it anew."""
        return access_of(self)

    @property
    def is_staff(self) -> bool:
        """Django's word for those who may enter the admin."""
        return self.is_active and self.access.is_staff

    # Django's admin asks for permissions by name. Only platform staff have any that way; what coordinators may do is
    # said by the base class of our own admins (accounts.base.admin), so tables of other packages stay closed to them.
    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_superuser

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_superuser


class Membership(TenantRow):
    """A role of a user in an organisation; kept when it ends."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    is_active = models.BooleanField(_("active"), default=True)
    granted_at = models.DateTimeField(_("granted at"))
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("granted by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )
    care_areas = models.ManyToManyField(
        "accounts.LocalAssociation",
        through="accounts.CareArea",
        related_name="caring_memberships",
        verbose_name=_("in their care"),
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            unique_in_organization("membership_tenant_key"),
            models.UniqueConstraint(fields=["user", "organization", "role"], name="membership_once"),
            models.CheckConstraint(
                condition=Q(is_active=True, revoked_at=None) | Q(is_active=False, revoked_at__isnull=False),
                name="membership_revoked_or_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_role_display()}"


class CareArea(TenantRow):
    """A local association (and all below it) in a coordinator's care."""

    membership = models.ForeignKey(
        Membership,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="areas",
        verbose_name=_("membership"),
    )
    local_association = models.ForeignKey(
        "accounts.LocalAssociation",
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="care_areas_of",
        verbose_name=_("local association"),
    )

    objects = CareAreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("area in care")
        verbose_name_plural = _("areas in care")
        constraints = [
            SameOrganization(field="membership", name="care_area_membership_in_org"),
            SameOrganization(field="local_association", name="care_area_association_in_org"),
            models.UniqueConstraint(fields=["membership", "local_association"], name="care_area_once"),
        ]

    def __str__(self) -> str:
        return str(self.local_association)
