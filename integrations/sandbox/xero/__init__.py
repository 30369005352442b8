"""Stand-in of Xero: identity host, connections and Accounting API 2.0 on one port."""
