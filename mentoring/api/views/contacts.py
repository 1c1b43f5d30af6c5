"""Contacts: the people whom mentors support."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.base.api import TenantViewSet
from accounts.ordering import norwegian
from mentoring import services
from mentoring.api import lookups
from mentoring.api.filters import ContactFilters
from mentoring.api.serializers import contacts as shapes
from mentoring.api.views.assignments import InCare
from mentoring.models import Contact


class ContactViewSet(TenantViewSet):
    queryset = Contact.objects.present()
    filterset_class = ContactFilters
    serializer_class = shapes.ContactRow

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()] if self.action in ("list", "retrieve") else [IsAuthenticated(), InCare()]

    def rows(self) -> Any:
        return super().rows().order_by(*norwegian("last_name", "first_name"), "id")

    @extend_schema(responses=shapes.ContactRow(many=True))
    def list(self, request: Request) -> Response:
        """The contacts the caller may see: a mentor's own, a coordinator's in care. By name."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ContactRow(page, many=True).data)

    @extend_schema(responses=shapes.ContactRow)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(shapes.ContactRow(self.get_object()).data)

    @extend_schema(request=shapes.NewContact, responses={201: shapes.ContactRow})
    def create(self, request: Request) -> Response:
        """Register a person whom a mentor is to support."""
        serializer = shapes.NewContact(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = dict(serializer.validated_data)
        organization = lookups.organization_of(request.user, given.pop("org_id"))
        association = lookups.local_association_of(request.user, given["local_association_id"])
        if association.organization_id != organization.pk:
            raise lookups.RowNotFound(field="local_association_id")
        made = services.create_contact(organization=organization, by=request.user, at=timezone.now(), **given)
        made.refresh_from_db()
        return Response(shapes.ContactRow(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ContactChange, responses=shapes.ContactRow)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change what is known of a contact. A new local association must be in the caller's care too."""
        contact = self.get_object()
        serializer = shapes.ContactChange(data=request.data)
        serializer.is_valid(raise_exception=True)
        changes = dict(serializer.validated_data)
        if "local_association_id" in changes:
            lookups.local_association_of(request.user, changes["local_association_id"])
        changed = services.update_contact(contact=contact, by=request.user, at=timezone.now(), **changes)
        return Response(shapes.ContactRow(changed).data)
