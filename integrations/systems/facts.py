"""What a system's manual says, as rows of data: addresses, limits, lives of tokens, looking up a write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

from integrations.documents import Bill
from integrations.errors import ConfigurationError

TotalsRule = Callable[[Bill, Mapping[str, Decimal]], tuple[Decimal, Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A sign-in through the system's own pages. Paths are on the parts `login` and `identity` of the hosts.

    `scopes` is what each role (source or target) asks for, separated by blanks. `grace` is how long a refresh
    token may be used again after its answer was lost, `idle_limit` how long an unused one lives.
    """

    authorize_path: str
    token_path: str
    revoke_path: str
    scopes: Mapping[str, str]
    companies: str
    refresh_after: timedelta
    grace: timedelta
    idle_limit: timedelta
    pkce: bool = True


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An id and a secret, exchanged for a token by the function at the dotted path `fetch`.

    `domain_of` beside it reads what a person typed for the account, which `account` names, `hint` explains and
    `missing` asks for; one that is not `shown` is a company's id, which no page and no plain column holds (E16).
    `revoke` ends a token when the connection is parted, "" where nothing does.
    """

    fetch: str
    refresh_after: timedelta
    account: str
    hint: str
    missing: str
    shown: bool = True
    revoke: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that is sent as it is and never expires by itself."""


@dataclass(frozen=True, slots=True)
class PaceFacts:
    """Published or assumed limits per company; `reserve` is the share of the day kept for people.

    `remaining` names the headers that say how many calls a window has left, `problem` the one that says with a
    429 which window is used up. Where a system tells only of the window that is nearest to its end, `nearest` names
    the header of its calls left and `reset` the one of its end, in seconds since 1970.
    """

    minute: int
    day: int
    concurrent: int
    reserve: Decimal = Decimal("0.05")
    remaining: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    nearest: str = ""
    reset: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """Another installation of a system, with hosts and companies of its own; tokens never cross."""

    label: str
    hosts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SuspensionFacts:
    """A system that may take a customer's access away without a word of its own for it.

    It is taken to have done so when its cheapest call is refused, when it refuses keys that worked before, or
    when it refuses every call for `refused_for`. `support` is whom to ask, `probed_every` the shortest time
    between two attempts to find out whether it is over.
    """

    support: str
    refused_for: timedelta
    probed_every: timedelta


@dataclass(frozen=True, slots=True)
class System:
    """One outside system. Dotted paths are imported at first use.

    `hosts` are base addresses per part, `{domain}` in them stands for the account's own subdomain;
    `allowed_hosts` are exact names or ".suffix". `remembered_for` is how long an idempotency key is honoured,
    `writes_settle_in` how long a lost write may still take effect (E3). `overlap` is taken off every cursor
    by the client itself; `daily_sweep` is how far back everything is read once a day beside the cursors.
    `file_limit` is the bytes of one attachment; 0 takes none. `environments` are the other installations, by the
    word that stands before a company's key there. `lists_fresh_for` is how old reference lists may be before a run
    reads them again (E30). `lists_whole` says that lists show whole documents, and are asked by the moment of the last
    change. `numbers_itself` are the feeds whose numbers it gives in a row, so that one which nobody has means
    something (A101). `permissions` are what the application there must be given, for people who set it up.
    """

    slug: str
    label: str
    client: str
    parse: str
    auth: AuthorizationCode | ClientCredentials | ApiKey
    hosts: Mapping[str, str]
    allowed_hosts: tuple[str, ...]
    pace: PaceFacts
    page_size: int
    overlap: timedelta
    call_deadline: timedelta
    writes_settle_in: timedelta
    totals: str = ""
    daily_sweep: timedelta = timedelta(0)
    history_window: timedelta = timedelta(days=31)
    lists_whole: bool = False
    numbers_itself: tuple[str, ...] = ()
    bill_batch: int = 1
    vendor_batch: int = 1
    commitment_batch: int = 1
    remembered_for: timedelta = timedelta(0)
    number_limit: int = 255
    text_limit: int = 4000
    max_tracking: int = 0
    decimals: int = 2
    lists_fresh_for: timedelta = timedelta(minutes=15)
    link_must_not_contain: str = ""
    has_drafts: bool = True
    file_limit: int = 0
    files_per_document: int = 0
    correlation_headers: tuple[str, ...] = ()
    permissions: tuple[str, ...] = field(default=())
    suspension: SuspensionFacts | None = None
    environments: Mapping[str, Environment] = field(default_factory=dict)

    def url(self, part: str, overrides: Mapping[str, str] | None = None, environment: str = "", **names: str) -> str:
        """The base address of a part; an operator's override wins, `names` fill in `{domain}`."""
        hosts = self.environments[environment].hosts if environment else self.hosts
        template = (overrides or {}).get(part) or hosts[part]
        try:
            return template.format(**names).rstrip("/")
        except KeyError:
            raise ConfigurationError(f"{self.label}: the address of “{part}” needs an account's domain.") from None

    def load_client(self) -> Any:
        """The client class; its `open(account, wiring)` gives a client for one company."""
        return load(self.client)

    def load_parse(self) -> Any:
        """The module that turns this system's JSON, fresh or stored, into documents."""
        return import_module(self.parse)

    def load_payloads(self) -> Any:
        """The module that turns our documents into this system's JSON: `check` and `prepare`, without any call."""
        return import_module(self.totals.rpartition(".")[0])

    def load_totals(self) -> TotalsRule:
        """The rule by which this system will add up a bill of ours (A28)."""
        rule: TotalsRule = load(self.totals)
        return rule


@dataclass(frozen=True, slots=True)
class Account:
    """Which company a client is for: `key` is Procurify's domain, Xero's tenant id, and so on.

    `urls` are the operator's overrides by part; only they may name a plain-http loopback address.
    """

    key: str = field(repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)


def load(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
