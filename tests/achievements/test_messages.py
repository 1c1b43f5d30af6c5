"""What mentors are told of their badges, as it goes out: in their language, if it still holds, and fit for a screen
that others see."""

from datetime import timedelta

import pytest

from accounts.models import ModuleSetting
from achievements import services
from achievements.models import EarnedBadge
from mentoring.models import Contact
from notifications.channels.memory import MemoryChannel
from notifications.dispatch import dispatch
from notifications.enums import Channel
from notifications.models import Notification
from tests.achievements.conftest import NOW, record, threshold
from tests.factories import AssignmentFactory, MentorProfileFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_other_badges")]

NAMES = {"name": "Tre steiner", "name_nn": "Tre steinar", "name_en": "Three stones"}
TEXTS = {
    "description": "Du har vært på besøk.",
    "description_nn": "Du har vore på besøk.",
    "description_en": "You have paid a visit.",
}


@pytest.fixture
def badge(define):
    return define("stones", threshold("activities", 1), **NAMES, **TEXTS)


def send(at=NOW):
    """What phones show, by the recipient's e-mail address."""
    phones = MemoryChannel(Channel.PUSH)
    dispatch(clock=lambda: at, channels={Channel.PUSH: phones})
    return {each.email: (each.title, each.body) for each in phones.sent}


def state():
    return list(Notification.objects.order_by("pk").values_list("state", "failure_reason"))


def test_everybody_is_told_in_their_own_language(organization, local_association, badge):
    for language in ("nb", "nn", "en"):
        mentor = MentorProfileFactory(
            organization=organization,
            local_association=local_association,
            user__email=f"{language}@example.org",
            user__language=language,
        )
        record(AssignmentFactory(organization=organization, mentor=mentor, local=local_association), NOW)
    assert send() == {
        "nb@example.org": (
            "Du har fått et merke: Tre steiner",
            "Du har vært på besøk.\n\nTakk for det du gjør.",
        ),
        "nn@example.org": (
            "Du har fått eit merke: Tre steinar",
            "Du har vore på besøk.\n\nTakk for det du gjer.",
        ),
        "en@example.org": (
            "You have earned a badge: Three stones",
            "You have paid a visit.\n\nThank you for what you do.",
        ),
    }
    assert send() == {}


def test_a_badge_of_a_year_names_the_year_and_one_without_a_description_thanks_all_the_same(pair, define):
    define("year", threshold("activities", 1), repeats="yearly", **NAMES)
    record(pair, NOW)
    assert send() == {pair.mentor.user.email: ("Du har fått et merke: Tre steiner 2026", "Takk for det du gjør.")}


def test_what_has_been_revoked_meanwhile_is_not_told(pair, badge, coordinator):
    record(pair, NOW)
    services.revoke_badge(earned=EarnedBadge.objects.get(), by=coordinator, at=NOW, reason="By mistake")
    assert send() == {}
    assert state() == [("cancelled", "reason_gone")]


def test_what_is_revoked_while_it_is_on_its_way_is_found_out_when_it_is_written(pair, badge, coordinator):
    """The row was claimed before the revocation could cancel it."""
    record(pair, NOW)
    EarnedBadge.objects.update(revoked_at=NOW, revoked_by=coordinator, revocation_reason="By mistake")
    assert state() == [("pending", "")]
    assert send() == {}
    assert state() == [("cancelled", "reason_gone")]


def test_what_is_awarded_again_is_told_again(pair, badge, coordinator):
    record(pair, NOW)
    assert len(send()) == 1
    earned = EarnedBadge.objects.get()
    services.revoke_badge(earned=earned, by=coordinator, at=NOW, reason="By mistake")
    services.award_badge(mentor=pair.mentor, definition=badge, by=coordinator, at=NOW, note="It was right")
    assert len(send()) == 1
    assert send() == {}


def test_where_the_module_has_been_switched_off_meanwhile_nothing_is_told(pair, badge):
    record(pair, NOW)
    ModuleSetting.objects.filter(module="achievements-gamification").update(is_enabled=False)
    assert send() == {}
    assert state() == [("cancelled", "module_disabled")]


def test_a_phone_names_nobody_and_nothing_that_could_hurt(pair, badge, define, coordinator):
    by_hand = define("by-hand", None, name="Takk")
    Contact.objects.filter(pk=pair.contact_id).update(first_name="Solveig", last_name="Hemmelig")
    pair.organization.name = "Kreftforeningen i nord"
    pair.organization.save()
    record(pair, NOW, summary="Snakket om diagnosen")
    services.award_badge(
        mentor=pair.mentor, definition=by_hand, by=coordinator, at=NOW, note="For hjelpen etter din egen behandling"
    )
    phones = MemoryChannel(Channel.PUSH)
    dispatch(clock=lambda: NOW, channels={Channel.PUSH: phones})
    assert sorted((each.title, each.body, each.path, each.data) for each in phones.sent) == [
        ("Du har fått et merke: Takk", "Takk for det du gjør.", "/", {}),
        ("Du har fått et merke: Tre steiner", "Du har vært på besøk.\n\nTakk for det du gjør.", "/", {}),
    ]


def test_what_was_earned_long_ago_does_not_make_a_phone_ring(pair, badge):
    record(pair, NOW - timedelta(days=31))
    assert send() == {}
    inbox = MemoryChannel(Channel.IN_APP)
    dispatch(clock=lambda: NOW, channels={Channel.IN_APP: inbox})
    assert [each.title for each in inbox.sent] == ["Du har fått et merke: Tre steiner"]
