"""The activity types every organisation starts with; an organisation may add its own."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# slug: (Bokmål, Nynorsk, English, counts as contact and needs one, is an event)
TYPES = {
    "home_visit": ("Hjemmebesøk", "Heimebesøk", "Home visit", True, False),
    "phone_call": ("Telefonsamtale", "Telefonsamtale", "Phone call", True, False),
    "digital_meeting": ("Digitalt møte", "Digitalt møte", "Digital meeting", True, False),
    "group_meeting": ("Gruppemøte", "Gruppemøte", "Group meeting", False, True),
    "administration": ("Administrasjon", "Administrasjon", "Administration", False, False),
}


def add(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Add those that are missing; what staff have changed since stays."""
    types = apps.get_model("mentoring", "ActivityType").objects.using(schema_editor.connection.alias)
    for slug, (name, name_nn, name_en, with_contact, is_event) in TYPES.items():
        types.get_or_create(
            organization=None,
            slug=slug,
            defaults={
                "name": name,
                "name_nn": name_nn,
                "name_en": name_en,
                "counts_as_contact": with_contact,
                "requires_contact": with_contact,
                "is_event": is_event,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("mentoring", "0001_initial")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
