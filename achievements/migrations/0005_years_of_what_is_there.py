"""Ask for the annual summaries of every organisation that has used the module so far: a worker makes them."""

from django.db import migrations

QUEUE = """
INSERT INTO operations_job (id, organization_id, kind, key, params, state, done_count, total_count, result, error,
    attempts)
SELECT varde_uuid7(), organization_id, 'recompute_summaries', organization_id || ':first', '{"year": null}', 'queued',
       0, 0, '{}', '', 0
FROM accounts_modulesetting WHERE module = 'achievements-gamification' AND is_enabled
"""


class Migration(migrations.Migration):
    dependencies = [("achievements", "0004_starter_set")]

    operations = [migrations.RunSQL(QUEUE, migrations.RunSQL.noop)]
