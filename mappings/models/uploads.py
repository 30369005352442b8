"""Imports that wait for a person to confirm what the preview showed (E24)."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

KEPT_FOR = timedelta(hours=1)


class UploadedImport(models.Model):
    """The file as uploaded, and the state of the table that its preview was made against."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    content_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.file_name} for {self.table}"

    @property
    def expired(self) -> bool:
        return timezone.now() >= self.expires_at
