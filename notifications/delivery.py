"""A claimed notification with everything that sending it needs, read by the statement that claimed it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property
from typing import Any
from uuid import UUID

from notifications.enums import Channel


@dataclass(slots=False)
class Delivery:
    """One notification on its way to one person. What it says is set when it has been composed."""

    id: UUID
    organization_id: UUID
    recipient_id: UUID
    kind: str
    subject_id: UUID | None
    raw_data: str
    attempts: int
    claimed_at: datetime
    created_at: datetime
    channel: Channel
    email: str
    phone: str
    first_name: str
    language: str
    time_zone: str
    is_active: bool
    is_member: bool
    organization_name: str
    quiet_from: time | None
    quiet_to: time | None
    title: str = field(default="", kw_only=True)
    body: str = field(default="", kw_only=True)
    path: str = field(default="", kw_only=True)
    path_is_secret: bool = field(default=False, kw_only=True)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The ids that the verb gave along."""
        return json.loads(self.raw_data)
