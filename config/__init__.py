"""The top of the house: settings, URLs, the API's defaults, Celery and its schedule."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
