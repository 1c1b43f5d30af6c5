"""What the API says of certificates and hears about them."""

from __future__ import annotations

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.base.api import StrictSerializer
from accounts.local_time import local_date
from certifications.api.serializers.fields import CodeField, DayField, LongText
from certifications.enums import CertificateStatus, Validity
from certifications.models import Certificate
from certifications.numbers import in_groups
from certifications.public.addresses import check_url
from certifications.services import Outcome

MAX_ROWS = 500


class CertificateRow(serializers.Serializer[Certificate]):
    """In a list: everything but what only staff read, one at a time."""

    certificate_id = serializers.UUIDField(source="id")
    org_id = serializers.UUIDField(source="organization_id")
    mentor_id = serializers.UUIDField()
    mentor_name = serializers.CharField(source="mentor.user.get_full_name")
    certification_type = serializers.CharField(source="type.code")
    certification_name = serializers.CharField(source="type", help_text="In the caller's language.")
    number = serializers.CharField()
    status = serializers.ChoiceField(CertificateStatus.choices, help_text="What was last written down.")
    validity = serializers.ChoiceField(Validity.choices, help_text="How it stands at this moment.")
    issue_date = serializers.DateField(source="issued_on")
    expiry_date = serializers.DateField(
        source="expires_on", allow_null=True, help_text="The first day on which it is not valid; null: for life."
    )
    renews = serializers.UUIDField(source="renews_id", allow_null=True)
    renewed_by = serializers.UUIDField(source="renewed_by.pk", default=None, allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    check_code = serializers.SerializerMethodField()
    check_url = serializers.SerializerMethodField(help_text="The public page that shows how it stands.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_check_code(self, certificate: Certificate) -> str:
        return in_groups(certificate.check_code)

    @extend_schema_field(serializers.URLField())
    def get_check_url(self, certificate: Certificate) -> str:
        return check_url(certificate)


class CertificateDetail(CertificateRow):
    issued_by_id = serializers.SerializerMethodField(help_text="For staff; null for others.")
    evidence = serializers.SerializerMethodField(help_text="For staff; null for others.")
    revoked_by_id = serializers.SerializerMethodField(help_text="For staff; null for others.")
    revocation_reason = serializers.SerializerMethodField(help_text="For staff; null for others.")

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_issued_by_id(self, certificate: Any) -> Any:
        return certificate.issued_by_id if certificate.in_care else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_evidence(self, certificate: Any) -> str | None:
        return certificate.evidence if certificate.in_care else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_revoked_by_id(self, certificate: Any) -> Any:
        return certificate.revoked_by_id if certificate.in_care else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_revocation_reason(self, certificate: Any) -> str | None:
        return certificate.revocation_reason if certificate.in_care else None


class CertificationStatusRow(serializers.Serializer[Certificate]):
    """How a mentor stands in one certification: the certificate that counts. `context["at"]` is the clock."""

    mentor_id = serializers.UUIDField()
    certification_type = serializers.CharField(source="type.code")
    issue_date = serializers.DateField(source="issued_on")
    expiry_date = serializers.DateField(source="expires_on", allow_null=True)
    is_expired = serializers.SerializerMethodField()
    days_until_expiry = serializers.SerializerMethodField(
        help_text="Whole local days; negative when it has expired, null for life."
    )
    last_renewal_date = serializers.SerializerMethodField(help_text="Null: never renewed.")

    def get_is_expired(self, certificate: Certificate) -> bool:
        return certificate.expires_at is not None and certificate.expires_at <= self.context["at"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_days_until_expiry(self, certificate: Certificate) -> int | None:
        expires_on = certificate.expires_on
        today = local_date(self.context["at"], certificate.organization.time_zone)
        return (expires_on - today).days if expires_on else None

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_last_renewal_date(self, certificate: Certificate) -> date | None:
        return certificate.issued_on if certificate.renews_id else None


class _Facts(StrictSerializer):
    issue_date = DayField()
    expiry_date = DayField(
        required=False, allow_null=True, help_text="Without it: as the certification says. Null: for life."
    )
    number = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="Without it a random one is given."
    )
    evidence = LongText(max_length=2000, required=False, allow_blank=True)


class NewCertificate(_Facts):
    mentor_id = serializers.UUIDField()
    certification_type = CodeField()


class Renewal(_Facts):
    pass


class NewExpiry(StrictSerializer):
    expiry_date = DayField(allow_null=True, help_text="Null: for life.")
    reason = LongText(max_length=500)


class Revocation(StrictSerializer):
    reason = LongText(max_length=500, help_text="Only staff see it.")


class Evidence(StrictSerializer):
    evidence = LongText(max_length=2000, allow_blank=True)


class CertificateRows(StrictSerializer):
    """Several certificates, each on its own. What is wrong with one is said in its result."""

    rows = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MAX_ROWS)


class CertificateIssued(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    mentor_id = serializers.UUIDField(allow_null=True)
    saved = serializers.BooleanField()
    outcome = serializers.ChoiceField([(outcome.value, outcome.value) for outcome in Outcome])
    certificate_id = serializers.UUIDField(allow_null=True)
    code = serializers.CharField(help_text="Why it was skipped, for programs; empty when it was saved.")
    detail = serializers.CharField(help_text="Why it was skipped, as a sentence.")
    errors = serializers.DictField(help_text="By field, as in every refusal.")


class CertificatesIssued(serializers.Serializer[Any]):
    data = CertificateIssued(many=True)
    saved = serializers.IntegerField()
    skipped = serializers.IntegerField()


class Extension(StrictSerializer):
    """Another expiry date for several certificates, and why."""

    certificate_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_ROWS)
    expiry_date = DayField()
    reason = LongText(max_length=500)


class ExtendedRow(serializers.Serializer[Any]):
    certificate_id = serializers.UUIDField()
    extended = serializers.BooleanField(help_text="False: renewed, revoked, for life, or valid for longer already.")


class ExtensionResult(serializers.Serializer[Any]):
    data = ExtendedRow(many=True)
    extended = serializers.IntegerField()
    unchanged = serializers.IntegerField()
