"""A thin typed client of the API: `Client(base_url, token)`, one method for each resource."""

from fairlead.client.client import Client
from fairlead.client.transport import ClientError, RefusedError, UnreachableError

__all__ = ["Client", "ClientError", "RefusedError", "UnreachableError"]
