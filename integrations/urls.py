"""Addresses outside the admin: signing in at a system and coming back, the link that our documents carry, and
where systems send their webhooks."""

from django.urls import URLPattern, path

from integrations import views
from integrations.admin import evidence, month_end
from integrations.webhooks.receiving import receive

urlpatterns: list[URLPattern] = [
    path("connect/<int:pk>/start", views.connect_start, name="connect_start"),
    path("connect/<int:pk>/choose", views.connect_choose, name="connect_choose"),
    path("oauth/<slug:system>/callback", views.oauth_callback, name="oauth_callback"),
    path("month-end/", month_end.page, name="month_end"),
    path("evidence/", evidence.search, name="find_document"),
    path("evidence/<int:pk>/", evidence.page, name="record_evidence"),
    path("webhooks/<slug:system>/<str:token>", receive, name="webhook"),
    path("r/<str:reference>", views.record_link, name="record_link"),
]
