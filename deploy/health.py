"""Ask the server in this container whether it is healthy; the image's HEALTHCHECK."""

import http.client
import os
import sys


def is_healthy() -> bool:
    """Whether the server answers, at the port and sub-path that the operator has set."""
    port = int(os.environ.get("STREAMLIT_SERVER_PORT", "8501"))
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", f"/{base}/_stcore/health" if base else "/_stcore/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not is_healthy())
