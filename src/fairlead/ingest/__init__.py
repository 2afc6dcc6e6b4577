"""From payloads to the lake: files, pulls, retries, checkpoints, dedupe, quarantine."""
