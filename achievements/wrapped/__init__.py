"""The year in review ("Wrapped"): the mentor's own pages, the shared one, the organisation's, and the share image."""
