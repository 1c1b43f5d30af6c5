"""The starter set for every organisation that has used the module so far, and a job that finds who has earned what."""

from typing import Any

from django.db import migrations

QUEUE = """
INSERT INTO operations_job (id, organization_id, kind, key, params, state, done_count, total_count, result, error,
    attempts)
SELECT varde_uuid7(), organization_id, 'recompute_stats', organization_id || ':starter', '{"evaluate": true}', 'queued',
    0, 0, '{}', '', 0
FROM accounts_modulesetting WHERE module = 'achievements-gamification' AND is_enabled
"""


def add_starter_sets(apps: Any, schema_editor: Any) -> None:
    """What `services.add_starter_set` does, with the tables as they are now."""
    from achievements.starter import STARTER_SET

    definition, version, tiers, setting = (
        apps.get_model(*name)
        for name in (
            ("achievements", "BadgeDefinition"),
            ("achievements", "CriteriaVersion"),
            ("achievements", "RecognitionTiers"),
            ("accounts", "ModuleSetting"),
        )
    )
    rows = setting.objects.filter(module="achievements-gamification", is_enabled=True)
    for organization_id in rows.order_by("organization_id").values_list("organization_id", flat=True):
        made = [definition(organization_id=organization_id, **starter.columns) for starter in STARTER_SET]
        definition.objects.bulk_create(made)
        version.objects.bulk_create(version(definition=each, version=1, criteria=each.criteria) for each in made)
        tiers.objects.create(organization_id=organization_id)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_listed_when_active"),
        ("achievements", "0003_badges_tiers_and_summaries"),
        ("operations", "0002_single_flight"),
    ]

    operations = [
        migrations.RunPython(add_starter_sets, migrations.RunPython.noop),
        migrations.RunSQL(QUEUE, migrations.RunSQL.noop),
    ]
