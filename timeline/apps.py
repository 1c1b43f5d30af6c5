from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TimelineConfig(AppConfig):
    name = "timeline"
    verbose_name = _("Timeline")

    def ready(self) -> None:
        from accounts.enums import Module
        from notifications.enums import Channel
        from notifications.kinds import Kind, register
        from operations import jobs
        from timeline import jobs as background
        from timeline import (
            kinds,
            messages,
            receivers,  # noqa: F401 (importing it connects it)
        )

        for slug, label, channel, compose in (
            (
                kinds.REFLECTION_ANSWERED,
                _("Notice that your reflection was answered"),
                Channel.PUSH,
                messages.compose_answered,
            ),
            (
                kinds.ANSWERS_LATE,
                _("Notice that reflections wait too long for an answer"),
                Channel.EMAIL,
                messages.compose_late,
            ),
        ):
            register(Kind(slug, label, channel, compose, module=Module.CERTIFICATION))
        jobs.register(background.BACKFILL, background.backfill_in_background, title=_("Making the timeline anew"))
