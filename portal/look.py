"""How the admin looks: names, colours, side bar. Read by `settings.UNFOLD`."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

# A ledger's green on the grey of carbon paper.
_GREEN = {
    "50": "oklch(97.5% .014 165)",
    "100": "oklch(94% .032 165)",
    "200": "oklch(88.5% .06 165)",
    "300": "oklch(80.5% .09 165)",
    "400": "oklch(70.5% .105 165)",
    "500": "oklch(59.5% .105 165)",
    "600": "oklch(49% .09 166)",
    "700": "oklch(42% .077 167)",
    "800": "oklch(36% .064 168)",
    "900": "oklch(31% .053 169)",
    "950": "oklch(21% .036 170)",
}


def _file(name: str) -> Any:
    return lambda _request: static(f"portal/{name}")


def second_factor_page(_request: HttpRequest) -> str:
    return reverse("second_factor")


def password_page(_request: HttpRequest) -> str:
    return reverse("admin:password_change")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Counterfoil",
    "SITE_HEADER": "Counterfoil",
    "SITE_SUBHEADER": "Systems in agreement",
    "SITE_URL": None,
    "SITE_ICON": _file("mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _file("mark.svg")}],
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda _request: static("integrations/desk.css")],
    "SCRIPTS": [lambda _request: static("integrations/desk.js")],
    "COLORS": {"primary": _GREEN},
    "DASHBOARD_CALLBACK": "portal.dashboard.home",
    "LOGIN": {"form": "portal.sign_in.SignInForm"},
    "ACCOUNT": {
        "navigation": [
            {"title": "Second factor", "link": second_factor_page},
            {"title": "Change password", "link": password_page},
        ]
    },
    "SIDEBAR": {"show_search": False, "command_search": False, "navigation": "portal.navigation.sidebar"},
}
