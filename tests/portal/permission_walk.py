"""Walking every page and action as one role, by GET and by a direct POST, and the documented table it must equal.

`python -m tests.portal.write_permissions` writes portal/PERMISSIONS.md anew from what the last run of
`tests/portal/test_permission_table.py` met. Read the difference before you commit it: it is who may do what.
"""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver

from integrations.admin.record_actions import ACTIONS
from integrations.models import Flag, Record
from portal.roles import ROLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "portal" / "PERMISSIONS.md"
CACHE = ROOT / ".pytest_cache" / "v" / "permissions"
SIGNED_OUT = "Signed out"
COLUMNS = (SIGNED_OUT, *ROLES)
ROW = re.compile(r"^\| `(?P<name>[^`]+)` \|(?P<cells>.*)\|$", re.MULTILINE)
# Catch-alls and redirects of the framework, which show nothing of their own.
NOT_PAGES = {"admin:jsi18n", "admin:view_on_site", "admin:app_list"}
Table = dict[str, str]


def documented() -> dict[str, Table]:
    """Per column: what the table says of each page and action."""
    found: dict[str, Table] = {column: {} for column in COLUMNS}
    for row in ROW.finditer(PAGE.read_text()):
        cells = [cell.strip() for cell in row["cells"].split("|")]
        for column, cell in zip(COLUMNS, cells, strict=True):
            found[column][row["name"]] = cell
    return found


def walked(user: User | None) -> Table:
    """What this person meets at every address of the portal."""
    signed_in = Client()
    if user is not None:
        signed_in.force_login(user)
    found = {name: _met(signed_in.cookies, address) for name, address in addresses()}
    return found | _actions(user)


def addresses() -> Iterator[tuple[str, str]]:
    """Every page by its name, with an address that leads to a row of what it is about."""
    for name, pattern in sorted(_named(get_resolver()), key=lambda each: each[0]):
        if name in NOT_PAGES:
            continue
        if groups := _unnamed(pattern):
            yield name.removeprefix("admin:"), reverse(name, args=[_first(_model(name))] * groups)
            continue
        for label, arguments in _arguments(name, pattern):
            yield f"{name.removeprefix('admin:')}{label}", reverse(name, kwargs=arguments)


def _named(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _named(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif each.name:
            yield f"{space}{each.name}", each


def _unnamed(pattern: URLPattern) -> int:
    """The groups without a name in a regular expression: the row, and a version of it."""
    expression = pattern.pattern.regex
    return 0 if expression.groupindex else expression.groups


def _arguments(name: str, pattern: URLPattern) -> list[tuple[str, dict[str, Any]]]:
    """The arguments to visit a page with. A new kind of argument gets its example here."""
    wanted = list(pattern.pattern.converters)
    examples: dict[str, Any] = {
        "system": "xero", "reference": "abcdefghjk-o1-1", "flag": _first(Flag), "pk": _first(_model(name)),
        "kind": "drift-accept", "part": "differences", "ticket": "forged", "token": "forged",
        "object_id": _first(_model(name)), "id": _first(_model(name)),
    }  # fmt: skip
    given = {each: examples[each] for each in wanted if each != "slug"}
    if "slug" in wanted:
        return [(f" {slug}", {**given, "slug": slug}) for slug in ACTIONS]
    return [("", given)]


def _model(name: str) -> Any:
    """integrations_record_act is about a record, and so is everything else that is not named after a table."""
    app, _, rest = name.removeprefix("admin:").partition("_")
    try:
        return apps.get_model(app, rest.partition("_")[0])
    except LookupError:
        return Record


def _first(model: Any) -> int:
    row = model._base_manager.order_by("pk").first()
    return int(row.pk) if row is not None else 1


def _met(cookies: SimpleCookie, address: str) -> str:
    answers = [(letter, _answer(cookies, method, address)) for letter, method in (("G", "get"), ("P", "post"))]
    if all(status == 404 for _, status in answers):
        return "0"
    return "".join(letter for letter, status in answers if status == 200) or "-"


def _answer(cookies: SimpleCookie, method: str, address: str) -> int:
    """200 for whatever was answered, 404 for nothing there, 403 for refused; nothing stays changed."""
    client = Client()
    client.cookies = deepcopy(cookies)  # signing out changes them
    undone: Any = transaction.atomic()
    undone._from_testcase = True  # as the block of the test itself: what has to commit at once may stand within it
    with undone:
        # A page that only leads to one that is refused shows nothing.
        response = client.get(address, follow=True) if method == "get" else client.post(address)
        transaction.set_rollback(True)
    return _in_short(response)


def _in_short(response: Any) -> int:
    locations = [address for address, _ in getattr(response, "redirect_chain", ())]
    locations.append(response.headers.get("Location", ""))
    if response.status_code in (401, 403, 405) or any("/login/" in each for each in locations):
        return 403
    return 404 if response.status_code == 404 else 200


def _actions(user: User | None) -> Table:
    """Which actions each list offers; Django takes no other by a direct POST either."""
    found = {}
    for model, desk in admin.site._registry.items():
        offered = set(desk.get_actions(_asking(user))) if user is not None else set()
        for name in _all_actions(desk):
            found[f"{model._meta.label_lower} action {name}"] = "A" if name in offered else "-"
    return found


def _all_actions(desk: Any) -> list[str]:
    root = User(username="root", is_superuser=True, is_staff=True, is_active=True)
    return sorted(desk.get_actions(_asking(root)))


def _asking(user: User) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return request


def lines(columns: Mapping[str, Table]) -> list[str]:
    """The rows of the table, in the order of their names."""
    names = sorted({name for table in columns.values() for name in table})
    return [f"| `{name}` | {' | '.join(columns[column].get(name, '-') for column in COLUMNS)} |" for name in names]


def write() -> None:
    columns = {column: json.loads((CACHE / column).read_text()) for column in COLUMNS}
    kept = ROW.sub("", PAGE.read_text()).rstrip()
    PAGE.write_text(kept + "\n" + "\n".join(lines(columns)) + "\n")
