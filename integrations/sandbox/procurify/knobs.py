"""Knobs of the Procurify stand-in, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KNOBS: Mapping[str, Any] = {
    # Tokens
    "token_lifetime": 86_400,
    "token_budget": 0,  # more token requests than this are answered 429; 0 is any number
    "one_token": False,  # a new token ends the ones before it
    # Requests
    "client_header_needed": True,  # 403 without X-Procurify-Client: api
    "error_shape": "a",  # "a" {"errors": {field: {message, code}}}, "c" {field: [message]}
    "per_minute": 0,  # requests per domain and minute, only with `limits`; none is published, so 0 is none
    "retry_after": True,  # a 429 says how long to wait
    # Lists
    "page_cap": 100,
    "too_large_above": 0,  # a larger page_size times out with 504; 0 is never
    "foreign_next": False,  # `next` names another scheme and host
    "inserts_between_pages": 0,  # so many orders arrive just before a second or later page is read
    # Files
    "files_in_storage": False,  # links lead to storage outside the customer's domain, signed and soon over
    # Endpoints
    "payments_v2": True,  # the deprecated list of payments; off is 404
    "payments_public": True,
}
