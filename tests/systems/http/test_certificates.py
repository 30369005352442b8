"""TLS: a certificate that nobody vouches for ends the call before anything is sent; deadlines hold there, too."""

import datetime
import socket
import ssl
import threading
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.errors import NotSentError, OutcomeUnknownError, RequestTooLargeError
from integrations.http import connection
from tests.systems.http.scripted import Notes, Reply, Scripted, dripping, opened, whole


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Tls(Scripted):
    """The scripted server behind TLS."""

    certificate: Path

    def _serve(self, connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        try:
            super()._serve(context.wrap_socket(connection, server_side=True))
        except (ssl.SSLError, OSError):
            return


def serving(certificate: Path, reply: Reply) -> Tls:
    server = Tls([reply])
    server.certificate = certificate
    return server


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(cafile=str(certificate))
    context.sslsocket_class = connection.DeadlineSSLSocket
    monkeypatch.setattr(connection, "tls_context", lambda: context)


def https(server: Scripted) -> str:
    return server.url.replace("http:", "https:")


def test_a_stranger_is_told_nothing(certificate: Path) -> None:
    with serving(certificate, whole()) as server:
        with pytest.raises(NotSentError, match="certificate"):
            opened(https(server), Notes()).write("PUT", "/bills", body=b"{}")
        assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_a_trusted_certificate_carries_calls_over_one_connection(certificate: Path) -> None:
    with serving(certificate, whole()) as server:
        door = opened(https(server), Notes())
        door.read("/orders")
        door.write("PUT", "/bills", body=b"{}")
        assert server.connections == 1
        assert len(server.requests) == 2


@pytest.mark.usefixtures("trusted")
def test_a_dripping_answer_ends_at_its_deadline_under_tls(certificate: Path) -> None:
    with serving(certificate, dripping) as server:
        door = opened(https(server), Notes())
        with pytest.raises(RequestTooLargeError):
            door.read("/orders")
        with pytest.raises(OutcomeUnknownError):
            door.write("PUT", "/bills", body=b"{}")


def test_a_handshake_that_never_ends_is_not_a_sent_write() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=silent.accept, daemon=True).start()
        door = opened(f"https://127.0.0.1:{silent.getsockname()[1]}", Notes(), deadline=0.5)
        with pytest.raises(NotSentError):
            door.write("PUT", "/bills", body=b"{}")
