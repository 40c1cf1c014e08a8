"""What a machine made of software calls itself in its SMBIOS tables. Pure."""

import re
from collections.abc import Iterable

LONGEST = 120
"""Characters that are kept of a name."""
_MACHINES = re.compile(
    r"\b(qemu|kvm|vmware|virtualbox|innotek|xen|bochs|parallels|bhyve|hyper-v|virtual machine|openstack"
    r"|vbox|amazon ec2|google compute engine|alibaba cloud|firecracker|smartx|zstack)\b",
    re.IGNORECASE,
)
"""Words by which a machine made of software calls itself in its SMBIOS tables, as systemd-detect-virt(1) reads them."""


def machine_name(said: Iterable[str]) -> str:
    """Return what SMBIOS calls the machine when that is a virtual one, empty otherwise."""
    texts = [" ".join(text.split()) for text in said]
    if any(_MACHINES.search(text) for text in texts):
        return " ".join(dict.fromkeys(text for text in texts[:2] if text))[:LONGEST] or "SMBIOS"
    return ""
