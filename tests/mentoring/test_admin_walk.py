"""Every admin there is, walked through by everybody: no error, no entry for mentors, nothing of a stranger's.

The admins are found in the site's registry, so one that is added is walked through by itself.
"""

import csv
import io
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.base.admin import TenantAdmin
from accounts.models import LocalAssociation, Organization, User
from accounts.services import log_change
from mentoring.enums import FollowUpKind
from mentoring.models import Activity, ActivityType, Assignment, Contact, ReminderConfig
from mentoring.services import remind_by_hand, set_reminder_config
from tests.conftest import browser
from tests.factories import ActivityFactory, AssignmentFactory

MARK = "Zzforeign"
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
TENANT_MODELS = [model for model in MODELS if isinstance(admin.site._registry[model], TenantAdmin)]
OURS = ["coordinator", "org_admin"]
PEOPLE = [*OURS, "stranger", "platform_staff"]


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def named(model) -> str:
    return model._meta.label_lower


@pytest.fixture
def world(now, organization, local_association, coordinator, org_admin, neighbour, mentor, foreign, platform_staff):
    """Rows of every kind in north, and the same in south, whose every name carries the mark."""
    ours = AssignmentFactory(organization=organization, mentor=mentor, coordinator=coordinator)
    activity = ActivityFactory(assignment=ours, duplicate="suspected")
    ActivityType.objects.create(organization=organization, slug="own", name="Own type")
    ActivityType.objects.create(organization=foreign.organization, slug="own", name=MARK)
    ActivityFactory(assignment=foreign.assignment, duplicate="suspected")
    Organization.objects.filter(pk=foreign.organization.pk).update(name=f"{MARK} organisation")
    LocalAssociation.objects.filter(organization=foreign.organization).update(name=f"{MARK} chapter")
    User.objects.filter(pk=foreign.user.pk).update(first_name=MARK, last_name=MARK)
    Contact.objects.filter(organization=foreign.organization).update(first_name=MARK, last_name=MARK)
    for pair, user in ((ours, coordinator), (foreign.assignment, foreign.user)):
        remind_by_hand(assignment=pair, kind=FollowUpKind.REMINDER, by=user, at=now)
        log_change(pair, by=user, at=now, before={"status": "pending"})
        set_reminder_config(organization=pair.organization, reminder_days=9, escalation_days=19, by=user, at=now)
    return SimpleNamespace(ours=ours, activity=activity, foreign=foreign)


def pages(model) -> list[str]:
    """The addresses of everything about a model: lists, forms, exports, and each row there is, whosever it is."""
    found = [address(model, "changelist"), address(model, "changelist") + "?q=given", address(model, "add")]
    if model in TENANT_MODELS:
        found += [address(model, "export_csv"), address(model, "export_xlsx")]
    for row in model._default_manager.all()[:20]:
        found += [address(model, page, row.pk) for page in ("change", "history", "delete")]
    return found


class TestEverybodyWalksThrough:
    @pytest.mark.parametrize("model", MODELS, ids=named)
    def test_without_an_error_and_sees_nothing_of_a_stranger(self, request, world, model):
        """One walk for both: each page costs what it costs, and there are some twenty for each model and person."""
        broken, leaks = {}, []
        for person in PEOPLE:
            client = browser(request.getfixturevalue(person))
            for page in pages(model):
                answer = client.get(page)
                if answer.status_code not in (200, 302, 403, 404):
                    broken[person, page] = answer.status_code
                if person in OURS and model in TENANT_MODELS and MARK.encode() in shown(answer, page):
                    leaks.append((person, page))
        assert broken == {}
        assert leaks == []

    @pytest.mark.parametrize("model", MODELS, ids=named)
    def test_but_mentors_and_passers_by_do_not_enter(self, world, mentor, model):
        for client in (Client(), browser(mentor.user)):
            assert {client.get(page, follow=False).status_code for page in pages(model)} <= {302, 403}


def shown(answer, page: str) -> bytes:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return unzipped(body) if page.endswith("xlsx") and answer.streaming else body


def unzipped(body: bytes) -> bytes:
    sheet = load_workbook(io.BytesIO(body), read_only=True).active
    return repr(list(sheet.values)).encode()


class TestChoices:
    @pytest.mark.parametrize("person", ["coordinator", "org_admin"])
    @pytest.mark.parametrize(("model", "field"), [("assignment", "mentor"), ("assignment", "contact")])
    def test_that_are_searched_for_are_ones_own(self, request, world, person, model, field):
        client = browser(request.getfixturevalue(person))
        asked = {"app_label": "mentoring", "model_name": model, "field_name": field}
        answer = client.get(reverse("admin:autocomplete"), {**asked, "term": ""})
        assert answer.status_code in (200, 403)
        assert MARK not in answer.content.decode()

    def test_of_a_stranger_are_refused(self, admin_as_coordinator, world, coordinator):
        contact, mentor = world.foreign.contact, world.foreign.mentor
        facts = {"mentor": mentor.pk, "contact": contact.pk, "coordinator": coordinator.pk, "start_date": "2026-03-01"}
        answer = admin_as_coordinator.post(address(Assignment, "add"), facts)
        assert sorted(answer.context["adminform"].form.errors) == ["contact", "mentor"]


class TestHostileAddresses:
    QUERIES = [
        "q=%00",
        "q=" + "a+" * 50,
        "q=" + "x" * 5000,
        "p=99999999999999999999",
        "o=99.-99.x",
        "status__exact=%00",
        "follow_up=nonsense",
        "mentor__user__password__startswith=a",
        "local_association__id__exact=nonsense",
        "occurred_at__gte=nonsense",
        "occurred_at__gte=9999-12-31",
        "period=nonsense",
        "_to_field=organization",
        "all=1",
        "e=1",
    ]

    @pytest.mark.parametrize("model", TENANT_MODELS, ids=named)
    def test_are_answered_without_an_error(self, admin_as_coordinator, world, model):
        for query in self.QUERIES:
            for page in ("changelist", "export_csv"):
                assert admin_as_coordinator.get(f"{address(model, page)}?{query}").status_code < 500, (page, query)


class TestExports:
    def rows(self, client, model, query: str = "") -> list[list[str]]:
        body = b"".join(client.get(address(model, "export_csv") + query).streaming_content)
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
    def test_disarm_what_a_spreadsheet_would_run(self, admin_as_coordinator, world, sign):
        Contact.objects.filter(pk=world.ours.contact_id).update(number=f"{sign}cmd|' /C calc'!A0")
        assert [row[1][:2] for row in self.rows(admin_as_coordinator, Contact)[1:]] == [f"'{sign}"]
        body = b"".join(admin_as_coordinator.get(address(Contact, "export_xlsx")).streaming_content)
        sheet = load_workbook(io.BytesIO(body)).active
        assert sheet["B2"].value[:2].replace("\n", "\r") == f"'{sign}"
        assert sheet["B2"].data_type == "s"

    def test_hold_what_the_list_shows_and_no_notes(self, admin_as_coordinator, world):
        Activity.objects.update(summary="Talked about the illness")
        rows = self.rows(admin_as_coordinator, Activity)
        assert len(rows) == 2
        assert "illness" not in repr(rows)

    def test_follow_filters_and_searches(self, admin_as_coordinator, world):
        assert len(self.rows(admin_as_coordinator, Assignment, "?status__exact=completed")) == 1
        assert len(self.rows(admin_as_coordinator, Assignment, "?q=nobody")) == 1
        assert len(self.rows(admin_as_coordinator, Assignment, "?status__exact=active")) == 2


def test_every_verb_is_at_most_two_clicks_from_the_first_page(admin_as_coordinator, world):
    """One click: an address on the first page. Two: one on a page that the first page leads to."""
    first = admin_as_coordinator.get(reverse("admin:index") + "?show=open").content.decode()
    second = first + "".join(
        admin_as_coordinator.get(page).content.decode()
        for page in (
            address(Assignment, "change", world.ours.pk),
            address(Assignment, "changelist"),
            address(Activity, "changelist"),
            address(Contact, "changelist"),
        )
    )
    assert address(Assignment, "change", world.ours.pk) in first
    for name in ("remind", "tell", "snooze", "hand-over", "log-contact"):
        assert address(Assignment, f"do_{name}") in first
    for verb in admin.site._registry[Assignment].verbs:
        if verb.offered(world.ours):
            assert address(Assignment, f"do_{verb.name}") in second
    for model in (Assignment, Activity, Contact, ReminderConfig):
        assert address(model, "changelist") in first
    for name in admin.site._registry[Activity].bulk_verbs:
        assert f'value="{name}"' in second
