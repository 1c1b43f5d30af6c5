from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mentoring", "0002_activity_types")]

    operations = [
        migrations.AddField(
            model_name="rosterupload",
            name="report",
            field=models.JSONField(
                default=dict,
                help_text="What the import would do, and once it is done, what it did.",
                verbose_name="report",
            ),
        ),
    ]
