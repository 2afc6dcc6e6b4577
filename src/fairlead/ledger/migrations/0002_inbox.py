"""Counts of refused deliveries, and when the audit log last heard of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_start")]

    operations = [
        migrations.CreateModel(
            name="RefusalNote",
            fields=[
                (
                    "source_id",
                    models.CharField(max_length=100, primary_key=True, serialize=False),
                ),
                ("noted_at", models.DateTimeField()),
            ],
            options={"db_table": "refusal_note"},
        ),
        migrations.CreateModel(
            name="RefusedDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_id", models.CharField(blank=True, default="", max_length=100)),
                ("refused_on", models.DateField()),
                ("reason", models.CharField(max_length=40)),
                ("number", models.IntegerField(default=0)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "db_table": "refused_delivery",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source_id", "refused_on", "reason"), name="refused_delivery_once"
                    )
                ],
            },
        ),
    ]
