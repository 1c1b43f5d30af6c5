from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from notifications import receivers  # noqa: F401 (importing it connects it)
        from notifications.enums import Channel
        from notifications.invitations import INVITATION, compose_invitations
        from notifications.kinds import Kind, register

        register(
            Kind(
                slug=INVITATION,
                label=_("Invitation to Varde"),
                default_channel=Channel.EMAIL,
                compose=compose_invitations,
                is_urgent=True,
                is_fixed=True,
            )
        )
