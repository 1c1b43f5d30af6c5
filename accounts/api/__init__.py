"""The phone's door to organisations and people."""
