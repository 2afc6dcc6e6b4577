"""The transactional store: people, roles, tokens, received payloads, the audit log."""
