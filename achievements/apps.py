from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AchievementsConfig(AppConfig):
    name = "achievements"
    verbose_name = _("Achievements")

    def ready(self) -> None:
        from accounts.enums import Module
        from achievements import (
            kinds,
            messages,
            receivers,  # noqa: F401 (importing it connects it)
        )
        from achievements.jobs import (
            evaluate_in_background,
            recompute_in_background,
            recompute_summaries_in_background,
        )
        from achievements.openbadges import checks  # noqa: F401 (importing it registers it)
        from achievements.services import EVALUATE, RECOMPUTE, RECOMPUTE_SUMMARIES
        from notifications.enums import Channel
        from notifications.kinds import Kind, register
        from operations import jobs

        jobs.register(RECOMPUTE, recompute_in_background, title=_("Recomputing of figures"))
        jobs.register(EVALUATE, evaluate_in_background, title=_("Evaluation of badges"))
        jobs.register(
            RECOMPUTE_SUMMARIES, recompute_summaries_in_background, title=_("Recomputing of annual summaries")
        )
        for slug, label, channel in (
            (kinds.BADGE, _("Notice that you have earned a badge"), Channel.PUSH),
            (kinds.EARLIER_BADGE, _("Notice of a badge that you earned a while ago"), Channel.IN_APP),
        ):
            register(Kind(slug, label, channel, messages.compose_badges, module=Module.ACHIEVEMENTS))
