"""The portal's own tables: alerts, second factors. This file also has the portal's `post_migrate` sent (E21)."""

from portal.alerts.models import Alert, Choice, Delivery, Destination, Habit
from portal.devices import Authenticator, SpareCodes

__all__ = ["Alert", "Authenticator", "Choice", "Delivery", "Destination", "Habit", "SpareCodes"]
