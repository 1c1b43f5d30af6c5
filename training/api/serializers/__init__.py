"""What the API says and hears of training."""
