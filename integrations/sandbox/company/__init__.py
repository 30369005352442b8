"""Harbor Mills, a believable company: mills in Seattle, warehouses in Tacoma and Vancouver, books in Xero.

The same tables serve both sides, so that what the accountant mapped can be told from what was forgotten:

    codes.py, sites.py, taxes.py, suppliers.py     what both sides are made of
    books.py                                       the target: chart, tax rates, tracking, contacts, lock date
    mapping.py                                     the lookup tables as an accountant filled them in, with gaps
    plain_orders.py, bills.py                      400 orders and 200 bills
    awkward.py, bill_cases.py                      every awkward one has an id, and the place it must end in
    seed.py, events.py                             putting it into Procurify, and what happens afterwards

Everything follows from today's date and a fixed seed.
"""
