"""The badges and tiers every association begins with: valid, drawn, told in three languages, and staff's to change."""

import importlib
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.db import connection
from django.utils import translation

from accounts import services as accounts
from accounts.enums import Module
from accounts.models import ModuleSetting
from achievements.criteria import problems
from achievements.enums import Category
from achievements.icons import ICONS, static_path
from achievements.models import BadgeDefinition, CriteriaVersion, EarnedBadge, RecognitionTiers
from achievements.services import add_starter_set, save_definition
from achievements.services.definitions import errors_of
from achievements.starter import STARTER_SET
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.factories import ActivityFactory, AssignmentFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
SLUGS = [starter.slug for starter in STARTER_SET]


# --- What is in it


@pytest.mark.parametrize("starter", STARTER_SET, ids=SLUGS)
def test_every_badge_of_the_set_can_be_read_seen_and_earned(starter, organization):
    columns = starter.columns
    assert problems(columns["criteria"], yearly=columns["repeats"] == "yearly") == []
    assert starter.icon in ICONS
    for words in (starter.name, starter.description, starter.alt_text):
        assert all(text.strip() for text in words)
    definition = BadgeDefinition(organization=organization, **columns)
    assert errors_of(definition, None) == {}


def test_it_is_mixed_and_nothing_is_in_it_twice():
    assert len(set(SLUGS)) == len({starter.icon for starter in STARTER_SET}) == len(STARTER_SET) == len(ICONS)
    assert {starter.category for starter in STARTER_SET} == set(Category)
    for language in ("nb", "nn", "en"):
        assert len({getattr(starter.name, language) for starter in STARTER_SET}) == len(STARTER_SET)


@pytest.mark.parametrize("icon", ICONS)
def test_every_icon_is_a_drawing_of_ours_that_asks_nobody_else(icon):
    found = finders.find(static_path(icon))
    assert found, icon
    drawing = ElementTree.parse(found).getroot()
    assert drawing.get("viewBox") == "0 0 96 96"
    names = {element.tag.rpartition("}")[2] for element in drawing.iter()}
    assert names <= {
        "svg",
        "g",
        "path",
        "circle",
        "ellipse",
        "clipPath",
    }  # no text, no script, no picture from elsewhere
    assert not any(name.endswith("href") for element in drawing.iter() for name in element.attrib)


# --- Adding it


def test_it_is_added_once_with_versions_and_tiers(organization, org_admin):
    added = add_starter_set(organization=organization, by=org_admin, at=NOW)
    assert sorted(each.slug for each in added) == sorted(SLUGS)
    assert BadgeDefinition.objects.filter(organization=organization, is_active=True).count() == len(SLUGS)
    assert CriteriaVersion.objects.filter(definition__in=added, changed_by=org_admin).count() == len(SLUGS)
    assert RecognitionTiers.objects.get().thresholds == {"bronze": 10, "silver": 50, "gold": 150, "platinum": 400}
    assert add_starter_set(organization=organization, by=org_admin, at=NOW) == []
    assert (BadgeDefinition.objects.count(), CriteriaVersion.objects.count()) == (len(SLUGS), len(SLUGS))
    assert RecognitionTiers.objects.count() == 1


def test_what_staff_changed_or_switched_off_stays(organization, org_admin):
    first, second, *_ = add_starter_set(organization=organization, at=NOW)
    first.name, first.criteria = "Vår egen", {"version": 1, "type": "threshold", "metric": "events", "value": 2}
    save_definition(definition=first, by=org_admin, at=NOW)
    BadgeDefinition.objects.filter(pk=second.pk).update(is_active=False)
    BadgeDefinition.objects.filter(organization=organization, slug=SLUGS[-1]).delete()
    RecognitionTiers.objects.update(bronze=5)
    (added,) = add_starter_set(organization=organization, at=NOW)
    first.refresh_from_db(), second.refresh_from_db()
    assert (added.slug, first.name, first.criteria["metric"], second.is_active) == (
        SLUGS[-1],
        "Vår egen",
        "events",
        False,
    )
    assert RecognitionTiers.objects.get().bronze == 5


def test_the_words_are_in_the_readers_language(organization):
    add_starter_set(organization=organization, at=NOW)
    badge = BadgeDefinition.objects.get(slug="ten-contacts")
    said = {}
    for language in ("nb", "nn", "en"):
        with translation.override(language):
            said[language] = (str(badge), badge.in_language("alt_text").split()[0])
    assert said == {
        "nb": ("Lys i vinduene", "Tre"),
        "nn": ("Lys i vindauga", "Tre"),
        "en": ("Light in the windows", "Three"),
    }


# --- When


def test_a_new_organisation_with_the_module_has_it_from_the_start():
    made = {"at": NOW, "by": None}
    with_it = accounts.create_organization(name="With", slug="with", **made)
    without = accounts.create_organization(name="Without", slug="without", modules=[Module.FOLLOW_UP], **made)
    assert BadgeDefinition.objects.filter(organization=with_it).count() == len(SLUGS)
    assert not BadgeDefinition.objects.filter(organization=without).exists()
    assert not Job.objects.exists()  # nobody is there whose figures could be derived


def test_when_the_module_comes_into_use_mentors_get_what_they_have_earned_already(organization, mentor, org_admin):
    def switch(is_enabled):
        facts = {"is_enabled": is_enabled, "by": org_admin, "at": NOW}
        accounts.set_module(organization=organization, module=Module.ACHIEVEMENTS, **facts)

    switch(False)
    pair = AssignmentFactory(organization=organization, mentor=mentor)
    ActivityFactory(assignment=pair, occurred_at=NOW - timedelta(days=2), reached=True)
    switch(True)
    assert run_waiting_jobs(clock=lambda: NOW) == 3
    earned = EarnedBadge.objects.filter(mentor=mentor).values_list("definition__slug", flat=True)
    assert set(earned) == {"first-activity", "first-contact"}


def test_the_migration_gives_it_to_those_who_use_the_module_and_asks_for_their_badges(organization, foreign):
    ModuleSetting.objects.filter(organization=foreign.organization, module=Module.ACHIEVEMENTS).update(is_enabled=False)
    migration = importlib.import_module("achievements.migrations.0004_starter_set")
    migration.add_starter_sets(apps, None)
    with connection.cursor() as cursor:
        cursor.execute(migration.QUEUE)
    assert BadgeDefinition.objects.filter(organization=organization, is_active=True).count() == len(SLUGS)
    assert set(BadgeDefinition.objects.values_list("organization_id", flat=True)) == {organization.pk}
    assert CriteriaVersion.objects.count() == len(SLUGS)
    assert add_starter_set(organization=organization, at=NOW) == []
    job = Job.objects.get()
    assert (job.kind, job.organization_id, job.params) == ("recompute_stats", organization.pk, {"evaluate": True})
