"""Changes of the ledger's tables, one after the other; never edited once released."""
