"""One click signs a newcomer in: in the demo alone, on this machine alone, as one of its own people alone."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.addresses import is_loopback
from portal.demonstration.people import ADMINISTRATOR, PEOPLE

SALT = "counterfoil.demo"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True, slots=True)
class Door:
    """Who goes in by it, what they do in the company, and its address."""

    name: str
    role: str
    address: str


def doors() -> list[Door]:
    """One per person of the demo. The ticket in the address is signed with this installation's own key."""
    people = [(user, f"{first} {last}", role) for user, (first, last, role) in PEOPLE.items()]
    people.append((ADMINISTRATOR, "Administrator", "everything"))
    return [Door(name, role, reverse("enter_demo", args=[_ticket(user)])) for user, name, role in people]


def link(user: str) -> str:
    """The whole address, as the demo prints it."""
    return settings.SITE_URL.rstrip("/") + reverse("enter_demo", args=[_ticket(user)])


@never_cache
@require_safe
def enter(request: HttpRequest, ticket: str) -> HttpResponse:
    """Not there at all outside the demo, for callers from elsewhere, and for tickets that are not ours."""
    if not settings.DEMO or not is_loopback(request):
        raise Http404
    try:
        user = signing.loads(ticket, salt=SALT)
    except signing.BadSignature:
        raise Http404 from None
    known = user in PEOPLE or user == ADMINISTRATOR
    found = User.objects.filter(username=user, is_active=True).first() if known else None
    if found is None:
        raise Http404
    login(request, found, backend=BACKEND)
    return HttpResponseRedirect(reverse("admin:index"))


def _ticket(user: str) -> str:
    return signing.dumps(user, salt=SALT)
