"""Celery: the doorbell, not the memory.

Due work is a row in PostgreSQL; a message only says "look now". So tasks carry ids at most, nothing is stored as a
result, and a lost or doubled message changes nothing.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
