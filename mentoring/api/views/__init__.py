"""The phone's door to mentoring: translate in, call one service, translate out."""
