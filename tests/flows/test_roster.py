"""A coordinator brings in a roster on the desk, and the queue knows who has been forgotten."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from operations.services import run_waiting_jobs
from tests.factories import PASSWORD, CareAreaFactory, MembershipFactory, UserFactory
from tests.mentoring.roster.samples import WHOLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(organization, national):
    user = UserFactory(email="head@example.org", language="nb")
    membership = MembershipFactory(organization=organization, user=user, role="coordinator")
    CareAreaFactory(membership=membership, local_association=national)
    return user


def test_a_roster_goes_in_on_the_desk_and_the_forgotten_ones_stand_in_the_queue(head, organization):
    desk = Client()
    assert desk.login(email=head.email, password=PASSWORD)

    page = desk.get("/admin/mentoring/rosterupload/add/")
    assert page.status_code == 200
    files = [SimpleUploadedFile(name, text.encode("cp1252")) for name, text in WHOLE.items()]
    preview = desk.post(
        "/admin/mentoring/rosterupload/add/", {"organization": organization.pk, "files": files}, follow=True
    )
    start = re.search(r'action="([^"]+/start/)"', preview.content.decode())[1]
    assert "Sølvi Lunde" not in desk.get("/admin/").content.decode()

    desk.post(start)
    run_waiting_jobs(clock=timezone.now)

    queue = desk.get("/admin/").content.decode()
    assert "Sølvi Lunde" in queue
    assert "Hans Amundsen" not in queue  # that one has ended
    assert "5" in desk.get(start.replace("start/", "change/")).content.decode()
