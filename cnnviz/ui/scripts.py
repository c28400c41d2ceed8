"""The browser's side of the components, fetched once by each visitor.

Layer: ui. Streamlit sends a component's script along with its data, in every run. So that the
stage's are not most of what a class downloads, what it sends is one line that imports a file.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_served: dict[str, str] = {}


def served(name: str, script: str) -> str:
    """Serve a module, and return the module that stands for it.

    Parameters
    ----------
    name : str
        Names the file, together with a hash of its text: a file that a browser has never changes.
    script : str
        JavaScript with a default export.

    Returns
    -------
    str
        JavaScript with the same default export.
    """
    file = f"{name}-{hashlib.sha256(script.encode()).hexdigest()[:12]}.js"
    _served[file] = script
    # A page stands one level under the server's base path, and so does the folder.
    return (
        f'const {{ default: part }} = await import(new URL("cnnviz/{file}", document.baseURI));\n'
        "export default part;\n"
    )


def _answer(request: Request) -> Response:
    script = _served.get(request.path_params["file"])
    if script is None:
        return Response("There is no such script.", status_code=404, media_type="text/plain")
    return Response(
        script,
        media_type="text/javascript",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


# Behind a proxy, Streamlit's own paths may begin with a base path.
routes = [Route("/cnnviz/{file}", _answer), Route("/{base:path}/cnnviz/{file}", _answer)]
