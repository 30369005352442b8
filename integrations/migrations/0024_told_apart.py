"""Whom people said a vendor is not stands in a table of its own, where linking and proposals see it as well."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    sides, apart = apps.get_model("integrations", "VendorSides"), apps.get_model("mappings", "ToldApart")
    for row in sides.objects.filter(chosen__has_key="separate").select_related("integration"):
        other = row.chosen.pop("separate")
        apart.objects.get_or_create(
            scope_id=row.integration.scope_id,
            source_key=row.source_key or other,
            contact_key=row.target_key or other,
            defaults={"reason": "See the vendor's story."},
        )
        row.save(update_fields=["chosen"])


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0023_postings_by_reference"),
        ("mappings", "0006_told_apart"),
    ]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
