"""Jobs on the coordinators' desk."""

import pytest

from operations import services
from operations.enums import JobState
from operations.models import Heartbeat

URL = "/admin/operations/job/"


@pytest.fixture
def job(organization, coordinator, kind, clock):
    def import_something(job, progress):
        return {"created": 12}

    return services.queue_job(
        kind=kind(import_something), params={}, organization_id=organization.pk, by=coordinator, at=clock()
    )


def test_a_coordinator_sees_what_they_asked_for_and_the_page_renews_itself_until_it_is_done(
    job, clock, admin_as_coordinator
):
    page = f"{URL}{job.pk}/change/"
    assert 'http-equiv="refresh"' in admin_as_coordinator.get(page).content.decode()
    assert 'http-equiv="refresh"' in admin_as_coordinator.get(URL).content.decode()

    services.run_waiting_jobs(clock=clock)

    text = admin_as_coordinator.get(page).content.decode()
    assert "created: 12" in text
    assert 'http-equiv="refresh"' not in text
    assert 'http-equiv="refresh"' not in admin_as_coordinator.get(URL).content.decode()


def test_a_colleague_and_a_stranger_do_not_see_it(job, admin_as_neighbour, admin_as_stranger):
    for client in (admin_as_neighbour, admin_as_stranger):
        assert str(job.pk) not in client.get(URL).content.decode()
        assert client.get(f"{URL}{job.pk}/cancel/").status_code == 404


def test_a_job_is_stopped_from_its_page(job, admin_as_coordinator):
    answer = admin_as_coordinator.post(f"{URL}{job.pk}/cancel/", follow=True)

    assert answer.status_code == 200
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert f"{job.pk}/cancel/" not in answer.content.decode()


def test_only_platform_staff_see_the_heartbeats(admin_as_platform_staff, admin_as_org_admin):
    Heartbeat.objects.filter(task="operations.tasks.run_jobs").update(failure="OperationalError")
    url = "/admin/operations/heartbeat/"
    assert "OperationalError" in admin_as_platform_staff.get(url).content.decode()
    assert admin_as_org_admin.get(url).status_code == 403
