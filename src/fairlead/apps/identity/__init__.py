"""Log in and out, prove it again, second factor, own tokens."""
