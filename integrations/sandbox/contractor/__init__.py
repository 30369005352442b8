"""Northline Builders, a believable contractor in Procore: five projects, two of them near the end of their budgets.

projects.py     projects, their codes and budgets, vendors, commitments that stand already
seed.py         putting it into Procore
"""
