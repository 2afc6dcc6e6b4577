"""The audit log for people: who did what, and the proof that nothing was changed since."""
