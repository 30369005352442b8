"""People and roles; and the admin pages of libraries that would let anybody run code or read keys."""

from typing import Any, cast

from axes.utils import reset
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django_otp import devices_for_user
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from audit import trail
from portal import people_page
from portal.alerts.admin import DeliveryAdmin
from portal.roles import ROLES
from portal.sign_in import subject

# Whoever may add a Schedule runs any Python on the server; the devices hold the keys of second factors.
for model in (Schedule, Success, Failure, OrmQ, TOTPDevice, StaticDevice, User, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

__all__ = ["DeliveryAdmin", "PersonAdmin", "RoleAdmin"]
OF_SUPERUSERS = ("is_superuser", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]  # unfold ships no types
    """People are made inactive, never deleted: the audit trail names them."""

    form = people_page.PersonForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "second_factor", "is_active", "last_login")
    list_filter = ("is_active", "groups", "is_superuser")
    list_select_related = False
    actions = ("remove_second_factor", "unlock")

    @admin.display(description="Name")
    def full_name(self, person: User) -> str:
        return person.get_full_name() or "-"

    @admin.display(description="Password")
    def password_to_set(self, person: User) -> SafeString | str:
        return people_page.password_state(person, may_set=True)

    @admin.display(description="Password")
    def password_seen(self, person: User) -> SafeString | str:
        return people_page.password_state(person, may_set=False)

    @admin.display(description="Roles")
    def roles(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all()) or "-"

    @admin.display(description="Second factor", boolean=True)
    def second_factor(self, person: User) -> bool:
        return bool(list(devices_for_user(person)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Only superusers see superusers: who may change one's password could become one."""
        people: QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        return people_page.fieldsets(may_change=self.has_change_permission(request, obj))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups":
            field.widget.verbose_name = "roles"
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        told = ("password_to_set", "password_seen", "last_login", "date_joined")
        fields = (*super().get_readonly_fields(request, obj), *told)
        if request.user.is_superuser:
            return fields
        own = ("groups", "is_active", "is_staff") if obj is not None and obj.pk == request.user.pk else ()
        return (*fields, *OF_SUPERUSERS, *own)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        """New people are staff: the whole portal is for staff."""
        if not change:
            obj.is_staff = True
        obj.before_change = _state(User.objects.get(pk=obj.pk)) if change else {}  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: "ModelForm[User]", formsets: Any, change: bool) -> None:
        """After the groups are saved too, write what changed; Django has one transaction around both."""
        super().save_related(request, form, formsets, change)
        person = form.instance
        before, after = person.before_change, _state(person)  # type: ignore[attr-defined]
        changed = sorted(name for name in after if before.get(name) != after[name])
        if changed:
            details = {
                "before": {name: before.get(name) for name in changed},
                "after": {name: after[name] for name in changed},
            }
            trail.log(
                "user.changed" if change else "user.added",
                subject(person),
                actor=_actor(request),
                details=details,
            )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Leaves an audit entry: who sets another's password could act in that name."""
        with transaction.atomic():
            response: HttpResponse = super().user_change_password(request, id, form_url)
            if request.method == "POST" and response.status_code == 302:
                trail.log("user.password_set", subject(User.objects.get(pk=id)), actor=_actor(request))
        return response

    @admin.action(permissions=["change"], description="Remove the second factor (lost phone)")
    def remove_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            with transaction.atomic():
                TOTPDevice.objects.filter(user=person).delete()
                StaticDevice.objects.filter(user=person).delete()
                trail.log("second_factor.removed", subject(person), actor=_actor(request))
        self.message_user(request, f"{len(people)} will set up a new one at the next sign-in.", messages.SUCCESS)

    @admin.action(permissions=["change"], description="Let them try to sign in again (locked out)")
    def unlock(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            with transaction.atomic():
                reset(username=person.get_username())
                trail.log("user.unlocked", subject(person), actor=_actor(request))
        self.message_user(request, f"{len(people)} may try again.", messages.SUCCESS)


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """The five roles come from a table and cannot be edited here; other groups can."""

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.name not in ROLES)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in ROLES)


def _state(person: User) -> dict[str, Any]:
    """What an audit entry tells of a person; that a password changed, never the password."""
    return {
        "username": person.username,
        "name": person.get_full_name(),
        "email": person.email,
        "active": person.is_active,
        "staff": person.is_staff,
        "superuser": person.is_superuser,
        "roles": sorted(person.groups.values_list("name", flat=True)),
    }


def _actor(request: HttpRequest) -> User:
    return cast("User", request.user)  # the admin lets nobody else in
