"""`manage.py bench`: what a record costs in calls, time, queries and memory, against stand-ins over real HTTP.

The stand-ins and the portal are processes of their own, so that only the portal's time is counted.
"""
