"""People are asked in by the ledger: the mail waits for its server, and a link works once."""

import re
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.test import Client

from accounts.services import NoRole, add_mentor, invite_person, send_invitation
from notifications.channels.email import EmailChannel
from notifications.enums import State
from notifications.invitations import INVITATION
from notifications.kinds import UnknownKind
from notifications.models import Notification
from notifications.services import choices_of, set_preference
from tests.factories import UserFactory
from tests.notifications.conftest import NOON, run

pytestmark = pytest.mark.django_db
NIGHT = NOON.replace(hour=1)


def add(organization, local_association, by, **personal):
    return add_mentor(
        organization=organization,
        email="Ny@Example.org",
        first_name="Ny",
        last_name="Likeperson",
        local_associations=[local_association],
        by=by,
        at=NIGHT,
        **personal,
    )


@pytest.fixture
def mentor_asked_in(organization, local_association, coordinator):
    return add(organization, local_association, coordinator, language="en")


def test_a_new_mentor_gets_a_link_in_their_language_that_sets_a_password_once(mentor_asked_in):
    assert run(at=NIGHT, channels=[EmailChannel()]) == {State.SENT: 1}  # also at night: somebody waits for it
    [message] = mail.outbox
    assert (message.to, message.subject) == (["ny@example.org"], "Welcome to Varde")
    assert "North has given you access to Varde" in message.body
    [path] = re.findall(r"https?://[^/]+(/\S+)", message.body)
    client = Client()
    form = client.get(path, follow=True)
    password = {"password1": "et-godt-passord-9", "password2": "et-godt-passord-9"}
    assert client.post(form.redirect_chain[-1][0], password).status_code == 302
    mentor_asked_in.user.refresh_from_db()
    assert mentor_asked_in.user.check_password("et-godt-passord-9")
    again = Client().get(path, follow=True)
    assert again.context["token_fail"]


def test_the_link_stands_in_the_mail_alone(mentor_asked_in, caplog):
    caplog.set_level("DEBUG")
    run(channels=[EmailChannel()])
    stored = Notification.objects.get(kind=INVITATION)
    for text in (stored.title, stored.body, str(stored.data), caplog.text):
        assert "reset" not in text


def test_while_the_mail_server_is_away_the_invitation_waits(mentor_asked_in, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", _disconnected)
        run(channels=[EmailChannel()])
    assert (mail.outbox, Notification.objects.get().state) == ([], State.PENDING)
    run(at=NOON.replace(hour=13), channels=[EmailChannel()])
    assert len(mail.outbox) == 1


def _disconnected(*_):
    raise SMTPServerDisconnected


def test_staff_are_asked_in_too_and_who_is_known_is_not_asked_again(organization, org_admin, coordinator):
    given = {"organization": organization, "first_name": "A", "last_name": "B", "by": org_admin, "at": NOON}
    given |= {"role": "coordinator", "care_areas": [_area(coordinator)]}
    invite_person(email="new@example.org", **given)
    assert Notification.objects.get().recipient.email == "new@example.org"
    UserFactory(email="known@example.org")
    invite_person(email="known@example.org", **given)
    assert Notification.objects.count() == 1


def _area(coordinator):
    return coordinator.memberships.get().care_areas.get()


def test_somebody_is_asked_in_again_when_staff_say_so(mentor, org_admin):
    for at in (NOON, NOON.replace(hour=12)):
        send_invitation(user=mentor.user, by=org_admin, at=at)
    run(at=NOON.replace(hour=13), channels=[EmailChannel()])
    assert [message.to for message in mail.outbox] == [[mentor.user.email]] * 2


def test_who_has_no_role_is_not_asked_in_again(platform_staff):
    with pytest.raises(NoRole):
        send_invitation(user=UserFactory(), by=platform_staff, at=NOON)


def test_an_import_that_asks_nobody_in_asks_nobody_in(organization, local_association, coordinator):
    add(organization, local_association, coordinator, invited=False)
    assert not Notification.objects.exists()


def test_nobody_chooses_another_way_for_it(mentor):
    assert INVITATION not in {choice.kind for choice in choices_of(mentor.user)}
    with pytest.raises(UnknownKind):
        set_preference(user=mentor.user, kind=INVITATION, channel="push")
