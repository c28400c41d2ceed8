"""Files of cnnviz's own that a browser fetches once: scripts of the components, and pictures.

Layer: ui. Streamlit sends a component's script along with its data, in every run, and reads and
hashes a picture for everybody who sees it. Both would be much of what a class costs.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_served: dict[str, tuple[bytes, str]] = {}


def address_of(name: str, content: bytes, media_type: str) -> str:
    """Serve a file, and return its address.

    Parameters
    ----------
    name : str
        Such as "house.png". The file's name has a hash of the content, too: a file that a browser
        has never changes.
    content : bytes
    media_type : str
        Such as "image/png".

    Returns
    -------
    str
        Relative to a page: pages stand one level under the server's base path, and so does the
        files' folder.
    """
    stem, _, ending = name.rpartition(".")
    file = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
    _served[file] = (content, media_type)
    return f"cnnviz/{file}"


def served(name: str, script: str) -> str:
    """Serve a module, and return the module that stands for it.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    script : str
        JavaScript with a default export.

    Returns
    -------
    str
        JavaScript with the same default export.
    """
    address = address_of(f"{name}.js", script.encode(), "text/javascript")
    return (
        f'const {{ default: part }} = await import(new URL("{address}", document.baseURI));\n'
        "export default part;\n"
    )


def _answer(request: Request) -> Response:
    content, media_type = _served.get(request.path_params["file"], (None, None))
    if content is None:
        return Response("There is no such file.", status_code=404, media_type="text/plain")
    return Response(
        content,
        media_type=media_type,
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


# Behind a proxy, Streamlit's own paths may begin with a base path.
routes = [Route("/cnnviz/{file}", _answer), Route("/{base:path}/cnnviz/{file}", _answer)]
