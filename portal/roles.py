"""The five roles, as one table of permissions; groups are made from it after every migration (E21).

The table is the truth: a permission added to or taken from one of these groups by hand is put right
by the next migration. Whoever needs another set makes a group of another name.
"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission

_TABLES = (
    "accountrow", "trackingrow", "requireddimension", "taxrow", "extracostrow", "vendorlink",
    "projectrow", "costcoderow", "budgetlinerow",
)  # fmt: skip
_MAPPINGS = ("books", "scope", "referenceentry", *_TABLES)
_WORK = ("record", "gap", "flag", "note", "posting", "decision", "run", "integration", "connection", "vendorsides")
_AGREEMENT = ("reportrun", "sweep", "discrepancy", "invoicefile")
_TRACES = (
    "request",
    "requestline",
    "exchange",
    "sourcedocument",
    "tally",
    "usedrow",
    "installation",
)


def _may(app: str, verbs: str, models: Iterable[str]) -> set[str]:
    return {f"{app}.{verb}_{model}" for model in models for verb in verbs.split()}


_LOOK = _may("mappings", "view", _MAPPINGS) | _may("integrations", "view", (*_WORK, *_AGREEMENT)) | {"audit.view_entry"}

# What people add to records: notes, links, an assignee, and the end of a flag.
_AT_THE_DESK = frozenset(
    {
        "integrations.add_note",
        "integrations.add_attachment",
        "integrations.assign_record",
        "integrations.change_flag",
    }
)

ROLES: Mapping[str, frozenset[str]] = {
    "Accounting staff": frozenset(
        _LOOK
        | _may("mappings", "add change delete", _TABLES)
        | _AT_THE_DESK
        | {
            "integrations.release_record",
            "integrations.replay_record",
            "integrations.exclude_record",
            "integrations.link_record",
            "integrations.post_beside_record",
            "integrations.redate_record",
            "integrations.assign_record",
            "integrations.sync_integration",
            "integrations.run_report",
            "integrations.accept_drift",
            "integrations.confirm_vendorsides",
            "integrations.decide_vendorsides",
        }
    ),
    "Supervisor": frozenset(
        _LOOK
        | _AT_THE_DESK
        | {
            "integrations.release_record",
            "integrations.replay_record",
            "integrations.exclude_record",
            "integrations.approve_record",
            "integrations.approve_over_budget",
            "integrations.link_record",
            "integrations.post_beside_record",
            "integrations.redate_record",
            "integrations.assign_record",
            "integrations.decide_setting",
            "integrations.decide_vendor",
            "integrations.review_decision",
            "integrations.post_integration",
            "integrations.pass_pause_integration",
            "integrations.sync_integration",
            "integrations.run_report",
            "integrations.review_report",
            "integrations.accept_drift",
            "integrations.restore_drift",
            "integrations.close_discrepancy",
            "integrations.confirm_installation",
            "integrations.view_installation",
            "integrations.confirm_vendorsides",
            "integrations.decide_vendorsides",
        }
    ),
    "Integration administrator": frozenset(
        _LOOK
        | {"mappings.change_books", "mappings.add_scope", "mappings.change_scope"}
        | _may("integrations", "add change", ["connection", "integration"])
        | _may("integrations", "view", ["exchange", "installation"])
        | _may("auth", "view add change", ["user"])
        | {
            "auth.view_group",
            "integrations.connect_connection",
            "integrations.test_connection",
            "integrations.suspend_connection",
            "portal.view_alert",
            "portal.view_delivery",
            "portal.resend_delivery",
            "integrations.sync_integration",
        }
    ),
    "Auditor": frozenset(
        _LOOK
        | _may("integrations", "view", _TRACES)
        | {
            "audit.view_seal",
            "audit.verify_seals",
            "audit.export_entries",
            "auth.view_user",
            "auth.view_group",
        }
    ),
    "Operator": frozenset(
        _may("integrations", "view", ["connection", "integration", "run", *_TRACES])
        | {"integrations.test_connection", "audit.view_seal", "audit.verify_seals"}
        | {"portal.view_alert", "portal.view_delivery", "portal.resend_delivery"}
    ),
}


# What each is for, as a person who gives it reads it.
FOR: Mapping[str, str] = {
    "Accounting staff": "Keeps the lookup tables, links vendors, and works on what is held.",
    "Supervisor": "Approves as the second person, decides settings, reviews reports.",
    "Integration administrator": "Connects systems, sets integrations up, and gives people their roles.",
    "Auditor": "Reads everything, exports and verifies the trail, changes nothing.",
    "Operator": "Looks after runs, connections and deliveries on the servers.",
}


def establish(using: str = "default") -> None:
    """Make the groups hold exactly the table's permissions. Safe to repeat."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.using(using).values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for name, permissions in ROLES.items():
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set([known[permission] for permission in permissions if permission in known])


def missing() -> set[str]:
    """Permissions that the table names and no app defines; a test wants none."""
    known = {
        f"{app}.{codename}" for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    return set().union(*ROLES.values()) - known
