"""Open Badges 3.0: earned badges as signed credentials, and the public pages that say how they stand now."""
