"""The pages that a person sees at Xero's login host."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ..exchange import Answer, Json

# The page refuses to be framed.
HEADERS = {"X-Frame-Options": "DENY", "Content-Security-Policy": "frame-ancestors 'none'", "Cache-Control": "no-store"}
STYLE = """
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:#f2f3f4;color:#1e2b3a;font:16px/1.5 system-ui,sans-serif}
main{max-width:29rem;margin:8vh auto;padding:2.25rem;background:#fff;border:1px solid #dfe3e8;border-radius:8px}
h1{margin:0 0 .5rem;font-size:1.35rem;line-height:1.3}
p{margin:.25rem 0 1rem}
.who,.note{color:#59636e;font-size:.9rem}
fieldset{margin:1.25rem 0;padding:0;border:0}
legend{padding:0 0 .5rem;font-weight:600}
label{display:flex;gap:.75rem;align-items:center;padding:.7rem .85rem;border:1px solid #dfe3e8;cursor:pointer}
label+label{border-top:0}
label:hover{background:#f7f9fb}
ul{margin:.25rem 0 1rem;padding-left:1.2rem;color:#59636e;font-size:.9rem}
form+.note{margin:1.25rem 0 0}
.buttons{display:flex;gap:.75rem;margin-top:1.5rem}
button{flex:1;padding:.7rem 1rem;border:1px solid #0b6bcb;border-radius:4px;font:inherit;cursor:pointer}
button[value=allow]{background:#0b6bcb;color:#fff}
button[value=deny]{background:#fff;color:#0b6bcb}
button:focus-visible,input:focus-visible{outline:3px solid #9cc9f5;outline-offset:2px}
.wrong{padding:.6rem .85rem;border-left:4px solid #c8102e;background:#fdf1f3}
code{font-size:.9rem}
"""


def page(title: str, content: str, status: int = 200) -> Answer:
    markup = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>{content}</main></body></html>"
    )
    return Answer.html(markup, status, HEADERS)


def choice(
    app: str,
    person: Json,
    organisations: Iterable[Json],
    scopes: Iterable[str],
    ticket: str,
    *,
    several: bool,
    complaint: str = "",
) -> Answer:
    """The consent page: whose sign-in it is, which organisations, Allow or Cancel."""
    kind = "checkbox" if several else "radio"
    rows = "".join(
        f'<label><input type="{kind}" name="tenant" value="{escape(each["OrganisationID"])}">'
        f"<span>{escape(each['Name'])}</span></label>"
        for each in organisations
    )
    warning = f'<p class="wrong" role="alert">{escape(complaint)}</p>' if complaint else ""
    asked_for = "".join(f"<li>{escape(each)}</li>" for each in scopes)
    legend = "Choose the organisations to connect" if several else "Choose an organisation to connect"
    content = (
        f"<h1>{escape(app)} wants access to your Xero data</h1>"
        f'<p class="who">Signed in as {escape(person["name"])} ({escape(person["email"])})</p>{warning}'
        f'<form method="post" action="/identity/connect/authorize">'
        f'<input type="hidden" name="ticket" value="{escape(ticket)}">'
        f"<fieldset><legend>{legend}</legend>{rows or '<p>You have no organisation.</p>'}</fieldset>"
        f'<p class="note">The app asks for:</p><ul>{asked_for}</ul>'
        '<div class="buttons"><button name="choice" value="allow">Allow access</button>'
        '<button name="choice" value="deny">Cancel</button></div></form>'
        '<p class="note">This is a sandbox. It stands in for Xero and holds invented data only.</p>'
    )
    return page(f"Connect {app}", content)


def refusal(error: str, explanation: str) -> Answer:
    """What is wrong with the request itself is told here; the person is not sent back to the app."""
    content = (
        "<h1>Sorry, something went wrong</h1>"
        f"<p>Error: <code>{escape(error)}</code></p><p>{escape(explanation)}</p>"
        '<p class="note">Contact the app that sent you here.</p>'
    )
    return page("Something went wrong", content, 400)
