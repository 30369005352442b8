"""The statements behind `triggers`: for each trigger its name and what makes it.

Names begin with their table. Nothing here comes from outside, so there are no parameters.
"""

from collections.abc import Mapping

ENTRY, DETAILS, SEAL = TABLES = ("audit_entry", "audit_entrydetails", "audit_seal")
ERASED = "audit.details_erased"

# Retention writes its entry before it deletes: the action erased stands in subject_label, the time
# before which in subject_id, in UTC and as SQLite writes times.
_ERASURE = f"""
    SELECT 1 FROM {ENTRY} erased JOIN {ENTRY} kept ON kept.id = OLD.entry_id
    WHERE erased.action = '{ERASED}' AND erased.subject_kind = 'retention'
      AND erased.subject_label = kept.action AND """  # noqa: S608


def _sqlite(name: str, event: str, table: str, when: str = "1") -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _on_sqlite(table: str, key: str, deletion: str = "1") -> dict[str, tuple[str, ...]]:
    # INSERT OR REPLACE deletes without firing a delete trigger, hence the third.
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608
    return {
        f"{table}_no_update": (_sqlite(f"{table}_no_update", "UPDATE", table),),
        f"{table}_no_delete": (_sqlite(f"{table}_no_delete", "DELETE", table, deletion),),
        f"{table}_no_replace": (_sqlite(f"{table}_no_replace", "INSERT", table, exists),),
    }


def _on_postgresql(table: str, function: str = "audit_refuse") -> dict[str, tuple[str, ...]]:
    events = {
        "no_update": ("UPDATE", "ROW", "audit_refuse"),
        "no_delete": ("DELETE", "ROW", function),
        "no_truncate": ("TRUNCATE", "STATEMENT", "audit_refuse"),
    }
    return {
        f"{table}_{name}": (
            f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {called}()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}",
        )
        for name, (event, each, called) in events.items()
    }


SQLITE: Mapping[str, tuple[str, ...]] = {
    **_on_sqlite(ENTRY, "id"),
    **_on_sqlite(DETAILS, "entry_id", f"NOT EXISTS ({_ERASURE} kept.at < erased.subject_id)"),
    **_on_sqlite(SEAL, "id"),
}
POSTGRESQL: Mapping[str, tuple[str, ...]] = {
    **_on_postgresql(ENTRY),
    **_on_postgresql(DETAILS, "audit_refuse_unless_erased"),
    **_on_postgresql(SEAL),
}
_RAISE = "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"
POSTGRESQL_FUNCTIONS: Mapping[str, str] = {
    "audit_refuse": f"BEGIN {_RAISE} END",
    "audit_refuse_unless_erased": f"""BEGIN
        IF NOT EXISTS ({_ERASURE} kept.at < (erased.subject_id || '+00')::timestamptz) THEN
            {_RAISE}
        END IF;
        RETURN OLD;
    END""",
}
