"""A digest of the agent's own files, so that the collector can tell a changed agent."""

from hashlib import sha256
from pathlib import Path

import jiankao_agent
import jiankao_proto

_SUFFIXES = frozenset({".py", ".pyd", ".so", ".dll", ".json", ".toml"})
_DOMAIN = b"jiankao.binaries.v1\n"


def binaries_digest() -> bytes:
    """Return SHA-256 over name and content of every file of the agent's two packages.

    Byte-compiled caches are left out: the interpreter writes them. Raises OSError.
    """
    total = sha256(_DOMAIN)
    for package in (jiankao_agent, jiankao_proto):
        root = Path(package.__path__[0])
        for path in sorted(p for p in root.rglob("*") if p.suffix in _SUFFIXES and p.is_file()):
            name = f"{package.__name__}/{path.relative_to(root).as_posix()}".encode()
            content = sha256(path.read_bytes()).digest()
            total.update(len(name).to_bytes(4, "big") + name + content)
    return total.digest()
