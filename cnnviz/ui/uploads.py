"""The server keeps a few files of each visit, and few bytes of all, whatever it is sent.

Streamlit keeps every file that it was ever sent until the visit ends, and a visit is free to send
more. A page of ours reads one file at a time, when it comes, and keeps what it needs of it.
"""

import re
from typing import Any

from streamlit.runtime import exists, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

# The uploader of a picture, that of a saved file, and what stood there just before.
MOST_FILES = 4
# Of all visits together: twenty of the largest files.
MOST_BYTES = 200 * 2**20

_UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/(?P<file>[^/]+)$")


class FewFiles:
    """Forget the oldest files of a visit when it sends more than a few, and of all when it is much.

    Parameters
    ----------
    app : ASGI application
        What keeps them.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._arrived: list[tuple[str, str]] = []  # visit and file, the oldest first

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and tidy up after an upload."""
        await self._app(scope, receive, send)
        upload = scope["type"] == "http" and _UPLOAD.search(scope["path"])
        if upload and scope["method"] == "PUT" and exists():
            files = get_instance().uploaded_file_mgr
            if isinstance(files, MemoryUploadedFileManager):
                _forget_all_but_few(files, upload["session"])
                self._arrived.append((upload["session"], upload["file"]))
                self._arrived = _empty_the_oldest(files, self._arrived)


def _forget_all_but_few(files: MemoryUploadedFileManager, session: str) -> None:
    kept = list(files.file_storage.get(session, ()))
    for file in kept[:-MOST_FILES]:
        files.remove_file(session, file)


def _empty_the_oldest(
    files: MemoryUploadedFileManager, arrived: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Take their bytes from the files that came first, and return those that still have theirs.

    A file that is empty is still there for its uploader, so that no page takes it for removed.
    """
    left, held = [], 0
    for session, file in reversed(dict.fromkeys(arrived)):
        for record in files.get_files(session, [file]):
            held += len(record.data)
            if held <= MOST_BYTES:
                left.append((session, file))
            else:
                files.add_file(session, record._replace(data=b""))
    return left[::-1]
