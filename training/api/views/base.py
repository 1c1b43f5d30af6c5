"""What all views of training share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import status

from accounts.base.api import TenantViewSet
from accounts.enums import Module
from accounts.models import MentorProfile
from training.api import lookups
from training.models.sending import Sent


class TrainingViewSet(TenantViewSet):
    module = Module.CERTIFICATION

    def own_profile(self, organization_id: UUID | None = None, key: UUID | None = None) -> MentorProfile:
        """The mentor in whose name the caller writes: always themselves."""
        return lookups.own_profile(self.request.user, self.enabled_organizations, organization_id, key)

    @property
    def own_mentors(self) -> Any:
        """The caller's own profiles."""
        return self.request.user.access.mentors_as


def code_of(made: Sent) -> int:
    """201 for what the request has made, 200 for what was there before."""
    return status.HTTP_200_OK if made.was_there else status.HTTP_201_CREATED
