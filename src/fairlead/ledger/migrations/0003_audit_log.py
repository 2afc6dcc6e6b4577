"""The audit log can only be appended to: triggers refuse the rest; checkpoints keep their roots."""

from typing import Any

from django.db import migrations, models

_COLUMNS = (
    "seq", "at", "actor_id", "action", "object_type", "object_id", "entry_json", "leaf_sha256",
)  # fmt: skip
_ERASES = "NEW.salt = '' AND NEW.payload_json = ''"

_SQLITE = [
    f"""
    CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry
    WHEN NOT ({_ERASES} AND {" AND ".join(f"NEW.{c} IS OLD.{c}" for c in _COLUMNS)})
    BEGIN SELECT RAISE(ABORT, 'the audit log can only be appended to'); END
    """,
    """
    CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit log can only be appended to'); END
    """,
    """
    CREATE TRIGGER audit_checkpoint_update BEFORE UPDATE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log can only be appended to'); END
    """,
    """
    CREATE TRIGGER audit_checkpoint_delete BEFORE DELETE ON audit_checkpoint
    BEGIN SELECT RAISE(ABORT, 'the audit log can only be appended to'); END
    """,
]
_SQLITE_BACK = [
    f"DROP TRIGGER {table}_{act}"
    for table in ("audit_entry", "audit_checkpoint")
    for act in ("update", "delete")
]
_POSTGRES = [
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit log can only be appended to'
      USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    f"""
    CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry FOR EACH ROW
    WHEN (NOT ({_ERASES} AND
      {" AND ".join(f"NEW.{c} IS NOT DISTINCT FROM OLD.{c}" for c in _COLUMNS)}))
    EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry FOR EACH ROW
    EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT
    EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_checkpoint_change BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """,
    """
    CREATE TRIGGER audit_checkpoint_truncate BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
]
_POSTGRES_BACK = [
    "DROP TRIGGER audit_entry_update ON audit_entry",
    "DROP TRIGGER audit_entry_delete ON audit_entry",
    "DROP TRIGGER audit_entry_truncate ON audit_entry",
    "DROP TRIGGER audit_checkpoint_change ON audit_checkpoint",
    "DROP TRIGGER audit_checkpoint_truncate ON audit_checkpoint",
    "DROP FUNCTION audit_refuse()",
]
LOCK = {"sqlite": _SQLITE, "postgresql": _POSTGRES}
UNLOCK = {"sqlite": _SQLITE_BACK, "postgresql": _POSTGRES_BACK}


def lock(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Refuse whatever is no append, but for the erasing of a payload with its salt."""
    for statement in LOCK[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def unlock(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Take the triggers away."""
    for statement in UNLOCK[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_inbox")]

    operations = [
        migrations.AddField("auditcheckpoint", "frontier", models.JSONField(default=list)),
        migrations.AddIndex(
            "auditentry", models.Index(fields=["action", "seq"], name="audit_action")
        ),
        migrations.AddIndex("auditentry", models.Index(fields=["at"], name="audit_at")),
        migrations.RunPython(lock, unlock),
    ]
