"""What many honest programs have too, and what therefore may not stand in the catalogue as a fact of its own.

The lists are data (`entries/ordinary.toml`), for people to read and lengthen.
"""

import re
from dataclasses import dataclass
from typing import Final

from jiankao_collector.knowledge.domains import is_domain

_PATTERN: Final = re.compile(r"[*?\[\]{}|^$]")
Wrong = tuple[str, str] | None
"""What is wrong, in Chinese and in English; None when nothing is."""


@dataclass(frozen=True, slots=True)
class Ordinary:
    """Case-folded lists. `names`: file names without `.exe`. `hosts`: shared hosts and public suffixes."""

    names: frozenset[str]
    signers: frozenset[str]
    hosts: frozenset[str]
    ports: frozenset[int]

    def wrong_name(self, name: str) -> Wrong:
        """Look at a file name, service, driver or product."""
        if _PATTERN.search(name):
            return _pattern(name)
        if name.casefold().removesuffix(".exe").removesuffix(".service") in self.names:
            return (
                f"{name!r} 过于通用：许多正常程序都叫这个名字",
                f"{name!r} is too generic: many innocent programs are called so",
            )
        return None

    def wrong_signer(self, signer: str) -> Wrong:
        """Look at a signer: one that signs ordinary software is not the tool's own."""
        if _PATTERN.search(signer):
            return _pattern(signer)
        if signer.casefold() in self.signers:
            return (
                f"{signer!r} 不是该软件自己的签名者：它也签署普通软件",
                f"{signer!r} is not the tool's own signer: it signs ordinary software too",
            )
        return None

    def wrong_domain(self, domain: str) -> Wrong:
        """Look at a host or `*.suffix`; a single host below a shared one may be the tool's own."""
        if not is_domain(domain):
            if "*" in domain:
                return (
                    f"{domain!r} 没有锚定：* 只能是开头的 *.",
                    f"{domain!r} is not anchored: a * may only be the *. at its beginning",
                )
            return (f"{domain!r} 不是主机名", f"{domain!r} is no host name")
        name = domain.removeprefix("*.")
        if name in self.hosts or any(host.endswith(f".{name}") for host in self.hosts):
            return (
                f"{domain!r} 由许多普通服务共用",
                f"{domain!r} is shared by many ordinary services",
            )
        return None

    def wrong_port(self, port: int) -> Wrong:
        """Look at a port."""
        if port in self.ports:
            return (f"端口 {port} 过于普通", f"port {port} is an ordinary one")
        return None


def _pattern(text: str) -> Wrong:
    return (
        f"{text!r} 是通配模式；只接受完整名称",
        f"{text!r} is a pattern; only whole names are taken",
    )
