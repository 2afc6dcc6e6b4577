"""People, their roles and their tokens: who may do what, and who changed that."""
