"""The operating model: YAML kinds, the loader with positions, references and profiles."""
