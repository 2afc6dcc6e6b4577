"""The console and the ledger on a small acme, through the web framework's own test client."""
