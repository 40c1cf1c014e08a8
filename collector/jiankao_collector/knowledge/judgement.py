"""The digest of the code that judges, so that two logs can be told to have been judged by the same rules.

It covers the text of every module the assessment stands on. Nobody has to remember to raise a number, and a change
that was meant to change nothing is still seen as other code.
"""

from hashlib import sha256
from importlib import resources

_PACKAGES = (
    "jiankao_collector.detectors",
    "jiankao_collector.detectors.origin",
    "jiankao_collector.knowledge",
    "jiankao_collector.scoring",
    "jiankao_collector.sigma",
)
_MODULES = ("assessment.py", "roster.py")


def judgement_digest() -> bytes:
    """Return the SHA-256 over names and texts of the judging modules; line ends of any system read alike."""
    files = {
        f"jiankao_collector/{name}": resources.files("jiankao_collector").joinpath(name)
        for name in _MODULES
    }
    for package in _PACKAGES:
        for file in resources.files(package).iterdir():
            if file.name.endswith(".py"):
                files[f"{package}/{file.name}"] = file
    digest = sha256()
    for name, file in sorted(files.items(), key=lambda item: item[0]):
        text = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(b"%d %b %d\n%b\n" % (len(name), name.encode(), len(text), text))
    return digest.digest()
