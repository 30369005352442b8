"""Encrypting what is stored with the first key again, so that an old key can be dropped (E17)."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models, transaction
from fernet_fields import EncryptedField

from audit import actions
from audit.trail import Subject, log


def register() -> None:
    """Give the entry its sentence, once, when the app is ready."""
    actions.register({"secrets.reencrypted": "encrypted the secrets of {subject} with the first key: {rows} rows"})


def encrypted_tables() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Every table with encrypted fields, whichever app it belongs to, and the names of these fields."""
    for table in apps.get_models():
        names = [field.name for field in table._meta.concrete_fields if isinstance(field, EncryptedField)]
        if names:
            yield table, names


def reencrypt() -> dict[str, int]:
    """Encrypt every secret with the first key; returns how many rows per table.

    One row a transaction, locked while it is read and saved: a token that a worker renews meanwhile is not put back.
    Raises InvalidToken where a row was written with a key that is no longer there; the rows before it are done.
    """
    return {str(table._meta.verbose_name): _table_again(table, names) for table, names in encrypted_tables()}


def _table_again(table: type[models.Model], names: list[str]) -> int:
    count = 0
    for key in list(table._base_manager.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = table._base_manager.select_for_update().filter(pk=key).first()
            if row is not None:
                row.save(update_fields=names)
                count += 1
    if count:
        name = str(table._meta.verbose_name)
        with transaction.atomic():
            log("secrets.reencrypted", Subject("secrets", table._meta.label_lower, name), details={"rows": count})
    return count
