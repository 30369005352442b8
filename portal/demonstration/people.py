"""One person per role, with a password that is printed: this is a demo, and the portal says so on every page."""

from django.contrib.auth.models import Group, User

PASSWORD = "counterfoil-demo"  # noqa: S105 - printed, and only ever used with stand-ins
PEOPLE = {
    "ana": ("Ana", "Petrov", "Accounting staff"),
    "sam": ("Sam", "Whitfield", "Supervisor"),
    "ines": ("Ines", "Moreau", "Integration administrator"),
    "otto": ("Otto", "Lindqvist", "Auditor"),
    "olga": ("Olga", "Brandt", "Operator"),
}
ADMINISTRATOR = "admin"


def make() -> User:
    """Everybody, once; returns the administrator who sets the demo up."""
    for name, (first, last, role) in PEOPLE.items():
        user, new = User.objects.get_or_create(
            username=name, defaults={"first_name": first, "last_name": last, "is_staff": True}
        )
        if new:
            user.set_password(PASSWORD)
            user.save()
            user.groups.add(Group.objects.get(name=role))
    admin = User.objects.filter(username=ADMINISTRATOR).first()
    return admin or User.objects.create_superuser(ADMINISTRATOR, password=PASSWORD)


def listed() -> list[str]:
    rows = [f"  {name:6} {role}" for name, (_, _, role) in PEOPLE.items()]
    return [*rows, f"  {ADMINISTRATOR:6} everything", f"  The password of each is {PASSWORD}"]
