"""The only door to the network: deadlines, pace, allow-listed hosts, at most one write."""

from integrations.http.answer import Answer, read_json
from integrations.http.door import Http
from integrations.http.wires import (
    Exchange,
    ExchangeLog,
    Heart,
    JustGranted,
    NoHeart,
    NoLog,
    NoPace,
    NoTokens,
    Pace,
    Tokens,
    Wiring,
)

__all__ = [
    "Answer",
    "Exchange",
    "ExchangeLog",
    "Heart",
    "Http",
    "JustGranted",
    "NoHeart",
    "NoLog",
    "NoPace",
    "NoTokens",
    "Pace",
    "Tokens",
    "Wiring",
    "read_json",
]
