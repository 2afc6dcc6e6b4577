"""Pulls connect to public addresses, and to hosts that the workspace names; to nothing else."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from fairlead.ingest.outbound import check_scheme, checked_address, is_public, outbound_client
from fairlead.kernel.diagnostic import DiagnosticError


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.seen.append(self.headers["Host"])  # type: ignore[attr-defined]
        self.send_response(200 if self.path == "/" else 302)
        self.send_header("Location", "http://169.254.169.254/latest/meta-data")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    found = HTTPServer(("127.0.0.1", 0), Quiet)
    found.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "fd00:ec2::254",
    ],
)  # fmt: skip
def test_internal_address_is_no_public_one_in_any_form(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["140.82.112.3", "2606:50c0:8000::153", "64:ff9b::8c52:7003"])
def test_public_address_is_let_through(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.diagnostic("FL3204")
def test_connection_to_an_internal_address_is_refused_before_a_byte_is_sent(
    server: HTTPServer,
) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    with outbound_client() as client, pytest.raises(DiagnosticError, match="internal address"):
        client.get(url)
    with outbound_client(["127.0.0.1"]) as client:
        assert client.get(url).json() == {}
    assert len(server.seen) == 1  # type: ignore[attr-defined]


def test_every_address_of_a_name_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (ip, port)) for ip in ("140.82.112.3", "10.0.0.8")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(DiagnosticError, match=r"10\.0\.0\.8"):
        checked_address("forge.example", 443, ())


def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, asked = server.server_address[1], []

    def rebinding(host: str, wanted: int, *_: Any, **__: Any) -> list[Any]:
        if host != "forge.example":
            return [(2, 1, 6, "", (host, wanted))]
        asked.append(host)
        ip = "127.0.0.1" if len(asked) == 1 else "169.254.169.254"
        return [(2, 1, 6, "", (ip, wanted))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with outbound_client(["forge.example"]) as client:
        assert client.get(f"http://forge.example:{port}/").status_code == 200
    assert asked == ["forge.example"]
    assert server.seen == [f"forge.example:{port}"]  # type: ignore[attr-defined]


def test_a_redirect_is_not_followed(server: HTTPServer) -> None:
    with outbound_client(["127.0.0.1"]) as client:
        answer = client.get(f"http://127.0.0.1:{server.server_address[1]}/away")
    assert answer.status_code == 302


def test_an_unknown_name_is_a_transport_error_that_a_pull_tries_again() -> None:
    with outbound_client() as client, pytest.raises(httpx.TransportError):
        client.get("https://nowhere.invalid/")


def test_plain_http_is_for_named_hosts_only() -> None:
    check_scheme("https://forge.example", ())
    check_scheme("http://ci.internal", ("ci.internal",))
    with pytest.raises(DiagnosticError, match="is not https"):
        check_scheme("http://forge.example", ())
