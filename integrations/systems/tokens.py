"""What a sign-in brings back, as plain values. Nothing here shows a secret when printed."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class App:
    """The credentials of our application at one system."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """Tokens as granted. `expires_in` is seconds from now, `scopes` what was granted, not what was asked for.

    `subject` is the signed-in user by the system's own id, `event_id` the consent, both "" where not told.
    """

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str = field(default="", repr=False)
    scopes: str = ""
    subject: str = field(default="", repr=False)
    event_id: str = field(default="", repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tenant:
    """One company that a sign-in opened. `connection_id` is what disconnecting takes."""

    tenant_id: str = field(repr=False)
    name: str
    connection_id: str = field(default="", repr=False)
    kind: str = ""
