"""What everybody may see, without a log-in: how a certificate stands, and who the mentors of an association are."""
