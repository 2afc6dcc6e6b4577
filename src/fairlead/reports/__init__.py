"""Reports: what is said, in which order, from numbers that others computed. No markup here."""
