"""What mentoring's API says and hears."""
