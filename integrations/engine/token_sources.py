"""Where new tokens come from: a refresh token, or the id and secret of a domain."""

from typing import Any

from django.conf import settings

from integrations.errors import ConfigurationError, ReconnectError
from integrations.http import ExchangeLog, Wiring
from integrations.models import Connection
from integrations.systems import grants, system
from integrations.systems.facts import AuthorizationCode, ClientCredentials, load
from integrations.systems.tokens import App, TokenAnswer

# Well below the lease under which it is asked, so that no second worker asks while the first still waits.
DEADLINE = 25.0


def ask(connection: Connection, refresh_token: str, log: ExchangeLog) -> TokenAnswer:
    """One call to the system's token address. Not inside a transaction.

    ReconnectError: refused for good. RetryLaterError: no answer, keep what there is.
    """
    auth = system(connection.system).auth
    fresh = Connection.objects.get(pk=connection.pk)
    app = App(fresh.client_id, fresh.client_secret)
    how: dict[str, Any] = {
        "urls": settings.SYSTEM_HOSTS.get(fresh.system, {}),
        "wiring": Wiring(log=log, deadline_seconds=DEADLINE),
    }
    if isinstance(auth, ClientCredentials):
        answer: TokenAnswer = load(auth.fetch)(fresh.tenant_id or fresh.domain, app, **how)
    elif isinstance(auth, AuthorizationCode):
        if not refresh_token:
            raise ReconnectError(f"{connection} has no sign-in that could be renewed: connect it again.")
        answer = grants.refresh(system(fresh.system), app, refresh_token, **how)
    else:
        raise ConfigurationError(f"{connection} has a key that is never renewed.")
    return answer
