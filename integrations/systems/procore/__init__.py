"""Procore: projects and their lists are read, commitments are followed."""
