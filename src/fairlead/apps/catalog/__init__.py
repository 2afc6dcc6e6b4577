"""The catalog: services and teams, what they need, what happened to them, what is open."""
