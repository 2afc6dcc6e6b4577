"""The answers that a repeated request gets again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("actor_id", models.CharField(max_length=36)),
                ("key", models.CharField(max_length=200)),
                ("request_sha256", models.CharField(max_length=64)),
                ("status", models.IntegerField(default=0)),
                ("content_type", models.CharField(blank=True, default="", max_length=100)),
                ("body", models.BinaryField(default=b"")),
                ("is_secret", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "api_kept_answer",
                "constraints": [
                    models.UniqueConstraint(fields=("actor_id", "key"), name="api_kept_answer_once")
                ],
            },
        ),
    ]
