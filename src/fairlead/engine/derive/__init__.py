"""Derives facts from facts: current rows and the model in, rows of derived facts out."""
