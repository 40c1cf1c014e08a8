"""Takes secrets out of command lines. Pure.

A command line is evidence (what was started, towards whom), a password in it is not. Where the two cannot be told
apart, it is masked: a hidden option is a smaller loss than a stored secret.
"""

import re
from collections.abc import Sequence

MASK = "***"
MAX_LENGTH = 2048
"""Characters of a masked command line; what is longer is cut and ends in an ellipsis."""

_SECRET_NAME = re.compile(
    r"pass(?:w(?:or)?d|phrase|code)?\d*$|pwd?$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key$"
    r"|credential|(?<!rfb)auth$|cookie|bearer|otp$|^pin$|^psk$",
    re.IGNORECASE,
)
_NOT_SECRET = re.compile(
    r"file$|path$|dir$|^(?:no|ask|use|prompt)[-_]?p|^no[-_]|^unixpw|^stdin|-stdin$", re.IGNORECASE
)
# -p is a password for most tools that know it, and a port for these.
_PORT_TOOLS = frozenset(
    {"ssh", "sshd", "slogin", "autossh", "nc", "ncat", "docker", "podman", "nmap"}
)
# Tools that take a secret behind a short option, glued to it or as the next argument.
_SHORT_SECRETS = {
    "7z": ("-p",),
    "7za": ("-p",),
    "7zr": ("-p",),
    "curl": ("-u", "-U"),
    "ldapsearch": ("-w",),
    "mariadb": ("-p",),
    "mysql": ("-p",),
    "mysqladmin": ("-p",),
    "mysqldump": ("-p",),
    "rar": ("-p", "-hp"),
    "rdesktop": ("-p",),
    "smbclient": ("-U",),
    "sshpass": ("-p",),
    "unrar": ("-p",),
    "zip": ("-P",),
}
_SLASH_OPTION = re.compile(r"(/(?:p|gp|pth|pcb)):.+", re.DOTALL)  # the FreeRDP and Windows spelling
_NAMED_VALUE = re.compile(r"([-/]{0,2}[A-Za-z_][\w.-]*)([=:])(.+)", re.DOTALL)
_URL_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/@\s]*@")
_QUERY_VALUE = re.compile(r"([?&;]([\w.-]+)=)([^&;#\s]+)")
_BLOB = re.compile(r"[A-Za-z0-9+_=-]{24,}")
_HEX = re.compile(r"[0-9A-Fa-f]{32,}")
_WORDS = re.compile(r"""(?:"[^"]*"|'[^']*'|[^\s"'])+|\S""")
_QUOTED = re.compile(r"""(["']).+\1""", re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BLANK = re.compile(r"\s")
_PORT = re.compile(r"[0-9]{1,5}")
_HEADER_SCHEME = re.compile(r"(?:bearer|basic|negotiate)", re.IGNORECASE)


def mask_command_line(arguments: Sequence[str]) -> str:
    """Return the command line as one printable line with every secret replaced by `***`.

    `arguments` is what the system says the process was started with, program first.
    """
    if not arguments:
        return ""
    program = re.split(r"[/\\]", arguments[0])[-1].lower().removesuffix(".exe")
    line = _UNPRINTABLE.sub(" ", " ".join(_mask_words(arguments, program)))
    return line if len(line) <= MAX_LENGTH else line[: MAX_LENGTH - 1] + "…"


def _mask_words(words: Sequence[str], program: str) -> list[str]:
    masked: list[str] = []
    next_is_secret = False
    previous = ""
    for index, word in enumerate(words):
        if next_is_secret:
            masked.append(MASK)
            # "Authorization: Bearer x": the scheme is not the secret, what follows it is.
            next_is_secret = _HEADER_SCHEME.fullmatch(word) is not None
        elif index and previous == "-p" and program in _PORT_TOOLS and _PORT.match(word):
            masked.append(word)
        elif index and _takes_secret(previous, program):
            masked.append(MASK)
        else:
            masked.append(
                word if index == 0 and not _BLANK.search(word) else _mask_word(word, program)
            )
            next_is_secret = _announces_secret(word)
        previous = word
    return masked


def _announces_secret(word: str) -> bool:
    """Tell whether the next word is a secret by the name of this one (-passwd, --token, password:)."""
    if word[-1:] == ":" and not word.startswith("/"):
        return _names_secret(word[:-1]) or word.lower() in {
            "authorization:",
            "proxy-authorization:",
        }
    if _HEADER_SCHEME.fullmatch(word):
        return True
    return word.startswith("-") and "=" not in word and _names_secret(word)


def _takes_secret(option: str, program: str) -> bool:
    return option == "-p" or option in _SHORT_SECRETS.get(program, ())


def _names_secret(option: str) -> bool:
    name = option.lstrip("-/")
    return bool(_SECRET_NAME.search(name)) and not _NOT_SECRET.search(name)


def _mask_word(word: str, program: str) -> str:
    named = _NAMED_VALUE.fullmatch(word)
    if named and _names_secret(named[1]):
        return f"{named[1]}{named[2]}{MASK}"
    if _BLANK.search(word):
        return _mask_sentence(word)
    for option in _SHORT_SECRETS.get(program, ()):
        if word.startswith(option) and len(word) > len(option):
            return option + MASK
    if slash := _SLASH_OPTION.fullmatch(word):
        return f"{slash[1]}:{MASK}"
    word = _URL_USER.sub(_mask_user, word)
    word = _QUERY_VALUE.sub(lambda m: m[1] + MASK if _names_secret(m[2]) else m[0], word)
    return _BLOB.sub(_mask_blob, _HEX.sub(MASK, word))


def _mask_user(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}@"


def _mask_sentence(text: str) -> str:
    """Mask an argument that is itself a command line (`sh -c "…"`) or a header."""
    if _QUOTED.fullmatch(text):
        return text[0] + _mask_sentence(text[1:-1]) + text[0]
    words = _WORDS.findall(text)
    if len(words) == 1 and words[0] == text:
        return MASK  # one quoted word with blanks inside that cannot be taken apart
    program = words[0].rsplit("/", 1)[-1].lower() if words else ""
    # The first word of an inner command line is looked at too: `PASSWORD=x tool`.
    first = [_mask_word(words[0], program)] if words else []
    return " ".join(first + _mask_words(words, program)[1:])


def _mask_blob(found: re.Match[str]) -> str:
    """Mask long runs that look random; leave words joined by dashes, as options are."""
    text = found[0]
    kinds = (str.islower, str.isupper, str.isdigit)
    return MASK if all(any(kind(c) for c in text) for kind in kinds) else text
