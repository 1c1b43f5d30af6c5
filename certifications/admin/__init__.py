"""The coordinators' desk for certificates: who holds what until when, what goes out about it, and what would happen."""

from certifications.admin import certificates, reminders, settings, types

__all__ = ["certificates", "reminders", "settings", "types"]
