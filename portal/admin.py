"""People and roles; and the admin pages of libraries that would let anybody run code or read keys."""

from datetime import datetime
from typing import Any, cast

from axes.utils import reset
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django_otp import devices_for_user
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin

from audit import trail
from portal import people_page, role_page
from portal.alerts.admin import DeliveryAdmin
from portal.devices import Authenticator, SpareCodes
from portal.roles import ROLES
from portal.sign_in import subject

# Whoever may add a Schedule runs any Python on the server; the devices hold the keys of second factors.
for model in (Schedule, Success, Failure, OrmQ, TOTPDevice, StaticDevice, User, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

__all__ = ["DeliveryAdmin", "PersonAdmin", "RoleAdmin"]
OF_SUPERUSERS = ("is_superuser", "user_permissions")
TICKED = {"groups": role_page.RolesField, "user_permissions": role_page.PermissionsField}


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]  # unfold ships no types
    """People are made inactive, never deleted: the audit trail names them."""

    form = people_page.PersonForm
    add_form = people_page.NewPersonForm
    add_form_template = "admin/change_form.html"  # Django's own says that there is more to come
    change_password_form = people_page.PasswordForm
    list_display = ("signs_in_as", "full_name", "roles", "second_factor", "may_sign_in", "last_signed_in")
    list_display_links = ("signs_in_as",)
    list_filter = ("is_active", "groups", "is_superuser")
    list_select_related = False
    actions = ("remove_second_factor", "unlock")

    @admin.display(description="Signs in as", ordering="username")
    def signs_in_as(self, person: User) -> str:
        return person.get_username()

    @admin.display(description="May sign in", boolean=True, ordering="is_active")
    def may_sign_in(self, person: User) -> bool:
        return person.is_active

    @admin.display(description="Last signed in", ordering="last_login")
    def last_signed_in(self, person: User) -> datetime | None:
        return person.last_login

    @admin.display(description="Single permissions")
    def single_permissions(self, person: User) -> SafeString:
        return people_page.single_permissions(person)

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
            return people_page.NEW
        may_change = self.has_change_permission(request, obj)
        return people_page.fieldsets(
            obj, may_change=may_change, may_take_away=may_change and bool(request.user.is_superuser)
        )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Boxes to tick, without the framework's signs for adding a role from here."""
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in TICKED:
            field.widget = field.widget.widget if hasattr(field.widget, "widget") else field.widget
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        ticked = {"widget": role_page.Ticks, "form_class": TICKED[db_field.name]} if db_field.name in TICKED else {}
        return super().formfield_for_manytomany(db_field, request, **{**kwargs, **ticked})

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        told = ("password_to_set", "password_seen", "single_permissions", "last_login", "date_joined")
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
                Authenticator.objects.filter(user=person).delete()
                SpareCodes.objects.filter(user=person).delete()
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

    form = role_page.RoleForm
    filter_horizontal = ()
    list_display = ("name", "meaning", "people")

    @admin.display(description="For")
    def meaning(self, role: Group) -> str:
        return role_page.meaning(role)

    @admin.display(description="People")
    def people(self, role: Any) -> int:
        return int(role.held_by)

    @admin.display(description="What it allows")
    def allowed(self, role: Group) -> SafeString:
        return role_page.in_words(role.permissions.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Those who may sign in; superusers are not counted for others than themselves, as in the list of people."""
        counted = {"user__is_active": True} | ({} if request.user.is_superuser else {"user__is_superuser": False})
        roles: QuerySet[Group] = super().get_queryset(request)
        return roles.annotate(held_by=Count("user", filter=Q(**counted)))

    def save_model(self, request: HttpRequest, obj: Group, form: "ModelForm[Group]", change: bool) -> None:
        obj.before_change = _allowed(obj) if change else {}  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: "ModelForm[Group]", formsets: Any, change: bool) -> None:
        """With what it allowed before and allows now: whoever holds it gains or loses exactly that."""
        super().save_related(request, form, formsets, change)
        role = form.instance
        before, after = role.before_change, _allowed(role)  # type: ignore[attr-defined]
        if before != after:
            told = {"before": before, "after": after}
            name = "role.changed" if change else "role.added"
            trail.log(name, _subject(role), actor=_actor(request), details=told)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        trail.log("role.deleted", _subject(obj), actor=_actor(request), details={"before": _allowed(obj)})
        super().delete_model(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """A role goes from its own page, where what goes with it is shown."""
        return {}

    def get_fieldsets(self, request: HttpRequest, obj: Group | None = None) -> Any:
        may = "permissions" if self.has_change_permission(request, obj) else "allowed"
        return ((None, {"fields": ("name", may)}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "allowed")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        ticked = {"widget": role_page.Ticks, "form_class": role_page.PermissionsField}
        return super().formfield_for_manytomany(db_field, request, **{**kwargs, **ticked})

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
        "single permissions": sorted(person.user_permissions.values_list("name", flat=True)),
    }


def _allowed(role: Group) -> dict[str, Any]:
    """As it is stored: the form has put the new name on the row already."""
    name = Group.objects.values_list("name", flat=True).get(pk=role.pk)
    return {"name": name, "allows": sorted(role_page.said(each) for each in role_page.held(role))}


def _subject(role: Group) -> trail.Subject:
    return trail.Subject("role", role.pk, role.name)


def _actor(request: HttpRequest) -> User:
    return cast("User", request.user)  # the admin lets nobody else in
