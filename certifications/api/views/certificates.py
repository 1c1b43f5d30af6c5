"""Certificates: one's own, and for staff those of the mentors in their care."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import TenantViewSet
from accounts.enums import Language, Module
from accounts.models import Organization
from accounts.services.authority import OutsideCare
from certifications import services
from certifications.api import bulk, lookups
from certifications.api.care import InCare, in_care
from certifications.api.filters import CertificateFilters, DocumentLanguage, StatusFilters
from certifications.api.lookups import heard
from certifications.api.serializers import certificates as shapes
from certifications.documents.answers import certificate_file
from certifications.models import Certificate
from mentoring.api.lookups import RowNotFound

READ = ("list", "retrieve", "pdf")

ID = "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b"
NEW = OpenApiExample(
    "A course that was passed in May",
    value={"mentor_id": ID, "certification_type": "basic-course", "issue_date": "2026-05-02"},
    request_only=True,
)
ROWS = OpenApiExample(
    "Two mentors of one evening",
    value={
        "rows": [
            {"mentor_id": ID, "certification_type": "basic-course", "issue_date": "2026-05-02"},
            {
                "mentor_id": "0197a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5c",
                "certification_type": "basic-course",
                "issue_date": "2026-05-02",
                "expiry_date": "2028-06-01",
            },
        ]
    },
    request_only=True,
)
LANGUAGE = OpenApiParameter(
    "language",
    OpenApiTypes.STR,
    OpenApiParameter.QUERY,
    enum=Language.values,
    description="Without it: the caller's.",
)


class CertificateViewSet(TenantViewSet):
    queryset = Certificate.objects.with_people()
    module = Module.CERTIFICATION
    filterset_class = CertificateFilters
    serializer_class = shapes.CertificateRow

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.action in READ else [IsAuthenticated(), InCare()]

    def rows(self) -> Any:
        rows = super().rows().select_related("renewed_by").with_validity(timezone.now())
        return rows.annotate(in_care=in_care(self.request.user.access)).order_by("-issued_on", "-id")

    @extend_schema(responses=shapes.CertificateRow(many=True))
    def list(self, request: Request) -> Response:
        """The certificates the caller may see, the latest issued first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.CertificateRow(page, many=True).data)

    @extend_schema(responses=shapes.CertificateDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.CertificateDetail(self.get_object()).data)

    @extend_schema(request=shapes.NewCertificate, responses={201: shapes.CertificateDetail}, examples=[NEW])
    def create(self, request: Request) -> Response:
        """Issue a certificate to a mentor in the caller's care, with its series of reminders.

        409 `certificate_exists` when the mentor has a valid one of this certification: that is renewed.
        """
        given = heard(shapes.NewCertificate, request)
        key, code = given.pop("mentor_id"), given.pop("certification_type")
        mentors = lookups.mentors_in(self.enabled_organizations, request.user, [key])
        mentor = lookups.mentor_in_care(mentors, key)
        types = lookups.types_of([mentor.organization_id], [code])
        made = services.issue_certificate(
            mentor=mentor,
            type=lookups.type_for(mentor, types, code),
            by=request.user,
            at=timezone.now(),
            **_facts(given),
        )
        return self._said(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.Renewal, responses={201: shapes.CertificateDetail})
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: UUID) -> Response:
        """Renew: answers the new certificate. A mentor whom Varde paused because this one had expired is back."""
        certificate = self.get_object()
        given = heard(shapes.Renewal, request)
        made = services.renew_certificate(certificate=certificate, by=request.user, at=timezone.now(), **_facts(given))
        return self._said(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.NewExpiry, responses=shapes.CertificateDetail)
    @action(detail=True, methods=["put"])
    def expiry(self, request: Request, pk: UUID) -> Response:
        """Correct the expiry date, and say why. Waiting reminders move with it."""
        certificate = self.get_object()
        given = heard(shapes.NewExpiry, request)
        services.correct_expiry(
            certificate=certificate,
            expires_on=given["expiry_date"],
            reason=given["reason"],
            by=request.user,
            at=timezone.now(),
        )
        return self._said(pk)

    @extend_schema(request=shapes.Revocation, responses=shapes.CertificateDetail)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: UUID) -> Response:
        """Revoke for good, and say why. The mentor is told, without the reason."""
        certificate = self.get_object()
        given = heard(shapes.Revocation, request)
        services.revoke_certificate(certificate=certificate, by=request.user, at=timezone.now(), **given)
        return self._said(pk)

    @extend_schema(request=shapes.Evidence, responses=shapes.CertificateDetail)
    @action(detail=True, methods=["put"])
    def evidence(self, request: Request, pk: UUID) -> Response:
        """Write down what shows that it was earned, in place of what stood there."""
        certificate = self.get_object()
        given = heard(shapes.Evidence, request)
        services.record_evidence(certificate=certificate, by=request.user, at=timezone.now(), **given)
        return self._said(pk)

    @extend_schema(request=shapes.CertificateRows, responses=shapes.CertificatesIssued, examples=[ROWS])
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Issue several: 1–500 `rows`, each as in a single call.

        Each row stands on its own; one result per row, in order. Where the mentor has an earlier certificate of the
        type it is renewed, and one that is there already is `unchanged`.
        """
        rows = heard(shapes.CertificateRows, request)["rows"]
        results = bulk.issue(self.enabled_organizations, request.user, rows, timezone.now())
        saved = sum(result["saved"] for result in results)
        return Response({"data": results, "saved": saved, "skipped": len(results) - saved})

    @extend_schema(request=shapes.Extension, responses=shapes.ExtensionResult)
    @action(detail=False, methods=["post"])
    def extend(self, request: Request) -> Response:
        """Extend several to one day, and say why. All or none: an unknown id refuses the whole call.

        Left alone are those that are renewed, revoked, for life, or valid for longer already.
        """
        given = heard(shapes.Extension, request)
        keys = list(dict.fromkeys(given["certificate_ids"]))
        extended = self._extended(keys, given["expiry_date"], given["reason"])
        results = [{"certificate_id": key, "extended": key in extended} for key in keys]
        return Response({"data": results, "extended": len(extended), "unchanged": len(keys) - len(extended)})

    @extend_schema(
        parameters=[LANGUAGE],
        filters=False,
        responses={
            (200, "application/pdf"): OpenApiTypes.BINARY,
            409: OpenApiResponse({"$ref": "#/components/schemas/Problem"}, description="It was revoked."),
        },
    )
    @action(detail=True, filterset_class=DocumentLanguage, pagination_class=None)
    def pdf(self, request: Request, pk: UUID) -> HttpResponse:
        """The certificate on paper: a tagged PDF (PDF/UA-1). 409 `certificate_revoked` when it was revoked."""
        certificate = self.get_object()
        return certificate_file(certificate, lookups.language_in(request), timezone.now())

    def _extended(self, keys: Sequence[UUID], until: Any, reason: str) -> set[UUID]:
        found = self.get_queryset().in_bulk(keys)
        if len(found) < len(keys):
            raise RowNotFound(field="certificate_ids")
        if not all(vars(certificate)["in_care"] for certificate in found.values()):
            raise OutsideCare
        by_organization: dict[Organization, list[UUID]] = defaultdict(list)
        for certificate in found.values():
            by_organization[certificate.organization].append(certificate.pk)
        extended: set[UUID] = set()
        for organization, certificates in by_organization.items():
            extended.update(services.extendable(organization, certificates, until))
            services.extend_certificates(
                organization=organization,
                certificates=certificates,
                until=until,
                reason=reason,
                by=self.request.user,
                at=timezone.now(),
            )
        return extended

    def _said(self, key: Any, code: int = status.HTTP_200_OK) -> Response:
        """A certificate as it now stands."""
        return Response(shapes.CertificateDetail(self.get_queryset().get(pk=key)).data, status=code)


class StatusViewSet(TenantViewSet):
    """How mentors stand: for each mentor and certification the certificate that counts."""

    queryset = Certificate.objects.current().with_people()
    module = Module.CERTIFICATION
    filterset_class = StatusFilters
    serializer_class = shapes.CertificationStatusRow

    def rows(self) -> Any:
        return super().rows().order_by(F("expires_at").asc(nulls_last=True), "id")

    @extend_schema(responses=shapes.CertificationStatusRow(many=True))
    def list(self, request: Request) -> Response:
        """What expires first comes first, what is for life last."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(
            shapes.CertificationStatusRow(page, many=True, context={"at": timezone.now()}).data
        )


def _facts(given: dict[str, Any]) -> dict[str, Any]:
    """The facts of a new certificate in the words of the services."""
    return {
        "issued_on": given["issue_date"],
        "expires_on": given.get("expiry_date", services.BY_TYPE),
        "number": given.get("number", ""),
        "evidence": given.get("evidence", ""),
    }
