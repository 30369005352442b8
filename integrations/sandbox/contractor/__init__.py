"""Northline Builders, a believable contractor: five projects in Procore, and an organisation of its own in Xero.

projects.py        projects, their codes and budgets, vendors, commitments that stand already
books.py           accounts, taxes, items, tracking of its Xero organisation; suppliers.py its contacts
mapping.py         the tables as its accountant filled them in
order_cases.py     every awkward order, with where it must end; awkward_orders.py how each is made
bill_cases.py      every awkward bill, with where it must end; awkward_bills.py how each is made
plain.py           the good ones
events.py          what happens after the first run
seed.py            putting it all into the stand-ins
"""
