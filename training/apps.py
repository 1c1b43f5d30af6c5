from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        from accounts.enums import Module
        from notifications.enums import Channel
        from notifications.kinds import Kind, register
        from training import (
            kinds,
            messages,
            receivers,  # noqa: F401 (importing it connects it)
        )

        register(
            Kind(
                kinds.GOAL_MESSAGE,
                _("Message about your goal"),
                Channel.PUSH,
                messages.compose_goal_messages,
                module=Module.CERTIFICATION,
            )
        )
