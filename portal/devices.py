"""What a person shows as a second factor: an authenticator app's key and spare codes, encrypted at rest (E17, E42).

django-otp keeps both as plain text, so whoever reads a copy of the database could show them. Only the keeping is ours;
how codes are made, judged and slowed down stays django-otp's.
"""

from base64 import b32encode
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import models
from django.utils.crypto import constant_time_compare
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key
from fernet_fields import EncryptedTextField

SPARE_CODES = 10


class _Kept(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp ships no types
    """Shown on no page of the admin; after each wrong code the next one has to wait twice as long."""

    class Meta:
        abstract = True
        default_permissions = ()

    def get_throttle_factor(self) -> int:
        return 1


class Authenticator(_Kept):
    """An app that shows six digits every thirty seconds (RFC 6238); a code counts once, and for a minute at most."""

    key = EncryptedTextField(default=default_key, help_text="Hexadecimal, twenty bytes.")
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    step, t0, digits, tolerance = 30, 0, 6, 1
    bin_key = TOTPDevice.bin_key
    verify_token = TOTPDevice.verify_token

    @property
    def config_url(self) -> str:
        """What the QR code says (Key Uri Format of Google Authenticator)."""
        label = f"{settings.OTP_TOTP_ISSUER}:{self.user.get_username()}"
        facts = {
            "secret": b32encode(self.bin_key),
            "issuer": settings.OTP_TOTP_ISSUER,
            "algorithm": "SHA1",
            "digits": self.digits,
            "period": self.step,
        }
        return f"otpauth://totp/{quote(label)}?{urlencode(facts, quote_via=quote)}"


class SpareCodes(_Kept):
    """The codes on paper of one person, each good for one sign-in."""

    codes = EncryptedTextField(blank=True, default="", help_text="With blanks between them.")

    @property
    def left(self) -> list[str]:
        return str(self.codes).split()

    def renew(self) -> list[str]:
        """New ones; earlier ones stop working."""
        made = [StaticToken.random_token() for _ in range(SPARE_CODES)]
        self.codes = " ".join(made)
        self.save(update_fields=["codes"])
        return made

    def verify_token(self, token: str) -> bool:
        """Asked by django-otp, which has locked the row."""
        allowed, _why = self.verify_is_allowed()
        if not allowed:
            return False
        others = [code for code in self.left if not constant_time_compare(code, token)]
        if len(others) == len(self.left):
            self.throttle_increment()
            return False
        self.codes = " ".join(others)
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True
