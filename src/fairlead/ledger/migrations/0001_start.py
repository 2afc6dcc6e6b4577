"""The first tables: people, roles, tokens, inbox, audit log."""

import django.db.models.deletion
import fairlead.ledger.people
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "person_id",
                    models.CharField(
                        default=fairlead.ledger.people.make_person_id,
                        max_length=36,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(max_length=200)),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=200, null=True, unique=True),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("totp_secret", models.CharField(blank=True, default="", max_length=64)),
                ("totp_last_step", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "person",
            },
        ),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("root_base64", models.CharField(max_length=64)),
                ("note", models.TextField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "audit_checkpoint",
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("label", models.CharField(max_length=100)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("hint", models.CharField(max_length=12)),
                ("scopes", models.JSONField(default=list)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "api_token",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor_id", models.CharField(blank=True, default="", max_length=36)),
                ("action", models.CharField(max_length=60)),
                ("object_type", models.CharField(max_length=40)),
                ("object_id", models.CharField(max_length=200)),
                ("entry_json", models.TextField()),
                ("leaf_sha256", models.CharField(max_length=64)),
                ("salt", models.CharField(blank=True, default="", max_length=64)),
                ("payload_json", models.TextField(blank=True, default="")),
            ],
            options={
                "db_table": "audit_entry",
                "indexes": [
                    models.Index(fields=["object_type", "object_id"], name="audit_object"),
                    models.Index(fields=["actor_id", "at"], name="audit_actor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_id", models.CharField(max_length=100)),
                ("connector_id", models.CharField(max_length=50)),
                ("delivery_ref", models.CharField(max_length=200)),
                ("event", models.CharField(blank=True, default="", max_length=200)),
                ("scheme", models.CharField(max_length=40)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField()),
                ("body_sha256", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("mapped", "mapped"),
                            ("quarantined", "quarantined"),
                        ],
                        default="received",
                        max_length=12,
                    ),
                ),
                ("attempt_count", models.IntegerField(default=0)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("lease_owner", models.CharField(blank=True, default="", max_length=64)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "delivery",
                "indexes": [
                    models.Index(fields=["state", "leased_until"], name="delivery_due"),
                    models.Index(fields=["source_id", "received_at"], name="delivery_recent"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source_id", "delivery_ref"), name="delivery_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleGrant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("viewer", "viewer"),
                            ("engineer", "engineer"),
                            ("team_lead", "team_lead"),
                            ("responder", "responder"),
                            ("release_manager", "release_manager"),
                            ("security", "security"),
                            ("compliance", "compliance"),
                            ("finance", "finance"),
                            ("auditor", "auditor"),
                            ("director", "director"),
                            ("executive", "executive"),
                            ("admin", "admin"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "scope_kind",
                    models.CharField(
                        choices=[
                            ("organisation", "organisation"),
                            ("team", "team"),
                            ("service", "service"),
                            ("audit", "audit"),
                        ],
                        max_length=20,
                    ),
                ),
                ("scope_id", models.CharField(blank=True, default="", max_length=200)),
                ("granted_by_id", models.CharField(blank=True, default="", max_length=36)),
                ("granted_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("origin", models.CharField(default="local", max_length=20)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "role_grant",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "role", "scope_kind", "scope_id", "origin"),
                        name="role_grant_once",
                    )
                ],
            },
        ),
    ]
