"""The phone's door to notifications: translate in, call one service, translate out."""
