"""What a person may do, asked for in one question per request."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q


class InOneQuestion:
    """Stands before Django's own backend, which asks for a person's permissions and their roles' one by one.

    It signs nobody in. Django's backend goes by the same memory on the user, so it asks no more; superusers and
    whatever is about one row are left to it.
    """

    def authenticate(self, _request: Any, **_credentials: Any) -> None:
        return None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            held = Permission.objects.filter(Q(user=user_obj) | Q(group__user=user_obj)).order_by()
            names = held.values_list("content_type__app_label", "codename").distinct()
            user_obj._perm_cache = {f"{app}.{name}" for app, name in names}
        known: set[str] = user_obj._perm_cache
        return known

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj))
