"""The addresses of mentoring's API, below `/api/v1/`."""

from rest_framework.routers import SimpleRouter

from mentoring.api.views.activities import ActivityTypeViewSet, ActivityViewSet
from mentoring.api.views.assignments import AssignmentViewSet
from mentoring.api.views.contacts import ContactViewSet
from mentoring.api.views.followup import ConfigViewSet, DispatchViewSet, EvaluationViewSet

router = SimpleRouter(trailing_slash=False)
router.register("assignments", AssignmentViewSet, basename="assignment")
router.register("activities", ActivityViewSet, basename="activity")
router.register("activity-types", ActivityTypeViewSet, basename="activity-type")
router.register("contacts", ContactViewSet, basename="contact")
router.register("reminder-evaluation", EvaluationViewSet, basename="reminder-evaluation")
router.register("reminder-configs", ConfigViewSet, basename="reminder-config")
router.register("reminder-dispatch", DispatchViewSet, basename="reminder-dispatch")

urlpatterns = router.urls
