"""The portal's own tables: alerts. This file also has the portal's `post_migrate` sent (E21)."""

from portal.alerts.models import Alert, Choice, Delivery, Destination, Habit

__all__ = ["Alert", "Choice", "Delivery", "Destination", "Habit"]
