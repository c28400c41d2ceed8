"""The server keeps a few files of each visit, whatever it is sent.

Streamlit keeps every file that it was ever sent until the visit ends, and a visit is free to send
more. A page of ours reads one file at a time.
"""

import re
from typing import Any

from streamlit.runtime import exists, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

# The uploader of a picture, that of a saved file, and what stood there just before.
MOST_FILES = 4

_UPLOAD = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")


class FewFiles:
    """Forget the oldest files of a visit when it sends more than a few.

    Parameters
    ----------
    app : ASGI application
        What keeps them.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and tidy up after an upload."""
        await self._app(scope, receive, send)
        upload = scope["type"] == "http" and _UPLOAD.search(scope["path"])
        if upload and scope["method"] == "PUT" and exists():
            _forget_all_but_few(upload["session"])


def _forget_all_but_few(session: str) -> None:
    files = get_instance().uploaded_file_mgr
    if isinstance(files, MemoryUploadedFileManager):
        kept = list(files.file_storage.get(session, ()))
        for file in kept[:-MOST_FILES]:
            files.remove_file(session, file)
