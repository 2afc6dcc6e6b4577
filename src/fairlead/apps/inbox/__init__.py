"""Webhooks in: verified, stored raw, answered at once; mapped by a worker afterwards."""
