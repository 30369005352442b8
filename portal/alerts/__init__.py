"""Telling people: what happened is written with the event itself and sent by a task, to each as they chose."""
