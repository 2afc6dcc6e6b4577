"""Fairlead: the operating model of a Director of DevOps, as software."""
