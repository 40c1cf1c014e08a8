"""The names that Windows's resolver remembers. Nothing here sends a question to the network.

DnsQuery_W with DNS_QUERY_NO_WIRE_QUERY answers from the cache and the hosts file (Microsoft Learn). Which names are
there is told by DnsGetCacheDataTable, which Microsoft exports without a page; osquery and others use it with the layout
below. The documented way (MSFT_DNSClientCache) needs WMI, whose service costs more than this whole sensor. Where the
call is missing or tells nothing, as under Wine, names stay empty.
"""

import ctypes
from ctypes import wintypes
from typing import ClassVar

from jiankao_agent.platform.windows.libraries import load
from jiankao_agent.platform.windows.resolver_answers import (
    AAAA,
    LONGEST_NAME,
    A,
    address_of,
    clean_name,
)

MOST_ENTRIES = 4000
MOST_RECORDS = 64
_NO_WIRE, _NO_NETBIOS, _NO_MULTICAST = 0x10, 0x80, 0x800
_FREE_FLAT, _FREE_RECORDS = 0, 1
_KINDS = {A, AAAA}


class _Entry(ctypes.Structure):
    _fields_: ClassVar = [
        ("pNext", ctypes.c_void_p),
        ("pszName", ctypes.c_void_p),
        ("wType", wintypes.WORD),
        ("wDataLength", wintypes.WORD),
        ("dwFlags", wintypes.DWORD),
    ]


class _Record(ctypes.Structure):
    _fields_: ClassVar = [
        ("pNext", ctypes.c_void_p),
        ("pName", ctypes.c_void_p),
        ("wType", wintypes.WORD),
        ("wDataLength", wintypes.WORD),
        ("Flags", wintypes.DWORD),
        ("dwTtl", wintypes.DWORD),
        ("dwReserved", wintypes.DWORD),
        ("Data", ctypes.c_ubyte * 16),
    ]


_dnsapi = load("dnsapi")
_TABLE = hasattr(_dnsapi, "DnsGetCacheDataTable")
if _TABLE:
    _dnsapi.DnsGetCacheDataTable.argtypes = (ctypes.POINTER(ctypes.c_void_p),)
_dnsapi.DnsFree.argtypes = (ctypes.c_void_p, ctypes.c_int)
_dnsapi.DnsFree.restype = None
_dnsapi.DnsQuery_W.argtypes = (
    wintypes.LPCWSTR,
    wintypes.WORD,
    wintypes.DWORD,
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.c_void_p,
)
_dnsapi.DnsQuery_W.restype = ctypes.c_long


def read_names() -> list[tuple[str, int]]:
    """Return the remembered names that have addresses, each with A or AAAA; none where Windows tells of none."""
    head = ctypes.c_void_p()
    if not _TABLE or not _dnsapi.DnsGetCacheDataTable(ctypes.byref(head)):
        return []
    found: list[tuple[str, int]] = []
    at = head.value
    while at:
        entry = _Entry.from_address(at)
        following, where, kind = entry.pNext, entry.pszName, int(entry.wType)
        if where:
            if kind in _KINDS and len(found) < MOST_ENTRIES:
                name = clean_name(ctypes.wstring_at(where))
                if name:
                    found.append((name, kind))
            _dnsapi.DnsFree(where, _FREE_FLAT)
        _dnsapi.DnsFree(at, _FREE_FLAT)
        at = following
    return found


def read_addresses(name: str, kind: int) -> list[str]:
    """Return the addresses that are remembered for a name; none when there are no more."""
    head = ctypes.c_void_p()
    options = _NO_WIRE | _NO_NETBIOS | _NO_MULTICAST
    refused = _dnsapi.DnsQuery_W(name[:LONGEST_NAME], kind, options, None, ctypes.byref(head), None)
    if refused or not head.value:
        return []
    try:
        found: list[str] = []
        at: int | None = head.value
        for _ in range(MOST_RECORDS):
            if not at:
                break
            record = _Record.from_address(at)
            if record.wType == kind and (
                address := address_of(kind, bytes(record.Data)[: record.wDataLength])
            ):
                found.append(address)
            at = record.pNext
        return found
    finally:
        _dnsapi.DnsFree(head, _FREE_RECORDS)
