from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MentoringConfig(AppConfig):
    name = "mentoring"
    verbose_name = _("Mentoring")

    def ready(self) -> None:
        from accounts.enums import Module
        from mentoring import messages, receivers  # noqa: F401 (importing receivers connects them)
        from mentoring.evaluation import ESCALATION_KIND, REMINDER_KIND
        from mentoring.roster.uploads import JOB_KIND, import_upload
        from notifications.enums import Channel
        from notifications.kinds import Kind, register
        from operations import jobs

        register(
            Kind(
                slug=REMINDER_KIND,
                label=_("Reminder to get in touch with a contact"),
                default_channel=Channel.EMAIL,
                compose=messages.compose_reminders,
                module=Module.FOLLOW_UP,
            )
        )
        register(
            Kind(
                slug=ESCALATION_KIND,
                label=_("Notice about an assignment without contact"),
                default_channel=Channel.EMAIL,
                compose=messages.compose_escalations,
                module=Module.FOLLOW_UP,
            )
        )
        jobs.register(JOB_KIND, import_upload, title=_("Roster import"))
