"""The words that stories about vendors are told in: two offices, and the portal between them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from integrations.engine.vendor_sync import deciding
from integrations.models import Cursor, Record, VendorSides, Work
from tests.world import DOMAIN, Json, World

WRITES = ("POST", "PUT", "PATCH")


@dataclass
class Office:
    """A world whose vendors are kept in step, with its first list confirmed unless a story says otherwise."""

    world: World

    # What people do in the two systems

    def vendor(self, name: str, /, **fields: Any) -> Json:
        """A new vendor in procurement."""
        return self.world.sandbox.procurify.add_vendor(DOMAIN, name, **fields)

    def edits_vendor(self, vendor: str, /, **fields: Any) -> Json:
        return self.world.sandbox.procurify.edit_vendor(DOMAIN, vendor, **fields)

    def contact(self, name: str, **fields: Any) -> Json:
        """A new supplier in accounting: a contact that a bill was entered for."""
        made = self.world.sandbox.xero.add_contact(name, tenant=self.world.tenant, **fields)
        self.world.sandbox.xero.organisation(self.world.tenant).contacts.amend(made["ContactID"], IsSupplier=True)
        return made

    def edits_contact(self, name: str, **fields: Any) -> Json:
        return self.world.sandbox.xero.edit_contact(name, tenant=self.world.tenant, **fields)

    # What the portal does

    def run(self) -> None:
        """A run in which procurement's list is old enough to be read again."""
        self.forget_the_list()
        result = self.world.run()
        assert result.ran, result
        assert not result.failure, result.failure

    def forget_the_list(self) -> None:
        Cursor.objects.filter(feed="vendors").update(last_pass_at=timezone.now() - timedelta(days=1))

    def starts(self) -> None:
        """The first run, and a person who confirms its list."""
        self.run()
        self.confirm()
        self.run()

    def confirm(self) -> str:
        integration = self.world.integration
        integration.refresh_from_db()
        return deciding.confirm_list(integration, somebody("ana"), deciding.first_list(integration).seen)

    # What can be seen

    def there(self, name: str) -> Json:
        """The contact in Xero."""
        return self.world.sandbox.xero.contact(name, tenant=self.world.tenant)

    def here(self, name: str) -> Json:
        """The vendor in Procurify."""
        rows = self.world.sandbox.procurify.tenant(DOMAIN).rows("vendors")
        (found,) = [row for row in rows if row["name"] == name]
        return found

    def names_here(self) -> list[str]:
        return [row["name"] for row in self.world.sandbox.procurify.tenant(DOMAIN).rows("vendors")]

    def names_there(self) -> list[str]:
        rows = self.world.sandbox.xero.organisation(self.world.tenant).contacts.rows.values()
        return [row["Name"] for row in rows]

    def sides(self, name: str) -> VendorSides:
        return VendorSides.objects.select_related("record", "link").get(record=self.record(name))

    def sides_of(self, contact: str) -> VendorSides:
        return VendorSides.objects.select_related("record", "link").get(target_key=contact, link__isnull=False)

    def record(self, name: str) -> Record:
        records = Record.objects.filter(flow="vendors", integration=self.world.integration)
        return records.exclude(work=Work.COVERED).get(number=name)

    def writes(self) -> list[Json]:
        """Every write that either system received, but for sign-ins."""
        logs = [*self.world.sandbox.log("xero"), *self.world.sandbox.log("procurify")]
        return [asked for asked in logs if asked["method"] in WRITES and "token" not in asked["path"]]


def somebody(name: str) -> User:
    return User.objects.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": True})[0]
