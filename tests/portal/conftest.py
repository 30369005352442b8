"""People of each role, and a browser's view of the portal."""

import pytest
from django.contrib.auth.models import Group, User

from portal import roles

PASSWORD = "counterfoil and carbon"


@pytest.fixture
def accountant(db: None) -> User:
    return person("anna", "Accounting staff")


@pytest.fixture
def administrator(db: None) -> User:
    return person("ivan", "Integration administrator")


@pytest.fixture
def auditor(db: None) -> User:
    return person("aude", "Auditor")


def person(name: str, role: str) -> User:
    roles.establish()
    someone = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    someone.groups.add(Group.objects.get(name=role))
    return someone
