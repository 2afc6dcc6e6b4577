"""The running product: settings, addresses and worker; the one place that knows every slice."""
