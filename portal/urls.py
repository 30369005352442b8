"""The addresses of the portal; those of connections and webhooks come from the app they belong to."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from portal.demonstration.entering import enter
from portal.health import health
from portal.metrics import metrics
from portal.second_factor import second_factor

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("alerts/", include("portal.alerts.pages")),
    path("demo/<str:ticket>/", enter, name="enter_demo"),
    path("second-factor/", second_factor, name="second_factor"),
    path("", include("integrations.urls")),
    path("", admin.site.urls),
]
