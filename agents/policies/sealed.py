"""Safetensors files with a checksum: whatever bit has changed since one was written, loading it is refused.

The header's one entry is JSON with the ``format`` and, under ``sha256``, the SHA-256 of the whole file as it is with
zeros in that place. Formats with a number below the current one come from before there were checksums: they are read
with an :class:`~olivebranch.core.errors.UnverifiedWarning`.
"""

import hashlib
import json
import warnings
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load, save

from olivebranch.core.errors import ParameterError, UnverifiedWarning

HEADER = "olivebranch"  # one header entry only: safetensors does not keep the order of several
_ZEROS = "0" * 64


def seal(tensors: dict[str, Any], header: dict[str, Any], file_format: str) -> bytes:
    """The content of a file. The same values give the same bytes.

    Args:
        tensors: NumPy arrays by name.
        header: JSON values, without the keys ``format`` and ``sha256``.
        file_format: a name that ends in a number.
    """
    text = json.dumps({"sha256": _ZEROS, "format": file_format, **header})
    content = save(tensors, {HEADER: text})
    digest = hashlib.sha256(content).hexdigest()
    return content.replace(_ZEROS.encode(), digest.encode(), 1)  # it stands first, so that no other zeros are met


def unseal(content: bytes, file_format: str, key: str, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The inverse of :func:`seal`: the header and the tensors.

    Args:
        content: of the file.
        file_format: the current one, e.g. ``"olivebranch-policy-2"``; ``"olivebranch-policy-1"`` is older.
        key: what errors name, e.g. ``"policy file"``.
        where: the value that errors show: a path.

    Raises:
        ParameterError: it is no such file, or it is damaged.
    """
    try:
        length = int.from_bytes(content[:8], "little")
        header = json.loads(json.loads(content[8 : 8 + length]).get("__metadata__", {}).get(HEADER, "{}"))
        tensors = load(content)
    except (SafetensorError, ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ParameterError(key, where, f"a file of the format {file_format!r} ({reason})") from None
    found = header.get("format") if isinstance(header, dict) else header
    name, _, number = file_format.rpartition("-")
    if found not in {f"{name}-{version}" for version in range(1, int(number) + 1)}:
        raise ParameterError(key, where, f"the format {file_format!r}, found {str(found)[:60]!r}")
    digest = str(header.pop("sha256", None))
    if found != file_format and digest == "None":
        message = f"a {key} of the format {found} has no checksum: damage in it goes unnoticed; write it anew"
        warnings.warn(message, UnverifiedWarning, stacklevel=3)
        return header, tensors
    if hashlib.sha256(content.replace(digest.encode(), _ZEROS.encode(), 1)).hexdigest() != digest:
        raise ParameterError(key, where, "a file as it was written; its checksum says that it is damaged")
    return header, tensors
