# docker build -t cnnviz . && docker run -p 8501:8501 cnnviz

FROM python:3.13-slim-bookworm AS packages
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/*
RUN python -m venv --without-pip /opt/cnnviz
COPY requirements.txt .
RUN pip --python /opt/cnnviz/bin/python --disable-pip-version-check install --no-cache-dir -r requirements.txt
# What no page loads: C++ headers, libclang, gRPC, StableHLO, notebook extensions, tests, Arrow's network
# clients, and the symbol tables of TensorFlow's libraries. A third of the size.
RUN cd /opt/cnnviz/lib/python3.13/site-packages \
 && rm -r tensorflow/include tensorflow/compiler/mlir/stablehlo clang grpc pydeck/nbextension plotly/labextension pyarrow/include \
 && rm pyarrow/libarrow_flight* pyarrow/_flight* pyarrow/libarrow_s3* pyarrow/_s3fs* \
 && find . -type d -name tests -prune -exec rm -r {} + \
 && strip --strip-unneeded tensorflow/libtensorflow_cc.so.2 tensorflow/libtensorflow_framework.so.2

FROM python:3.13-slim-bookworm AS app
WORKDIR /app
COPY . .
RUN python -m compileall -q . && chmod -R a+rX,go-w .

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="cnnviz" \
      org.opencontainers.image.description="A web page that teaches convolutional networks by letting people touch one" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim-bookworm"
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cnnviz
COPY --from=packages /opt/cnnviz /opt/cnnviz
COPY --from=app /app /app
WORKDIR /app
# Healthy means warm (CNNVIZ_WARM_UP). Named, browser.serverAddress keeps Streamlit from asking the
# internet for it. Over a network compression pays: a third of the bytes for 1.5 ms an answer.
# Each run of a page is a thread of its own. Without MALLOC_ARENA_MAX memory is kept apart for up to
# eight of them to a processor, and what one has freed another cannot use.
ENV PATH=/opt/cnnviz/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TF_CPP_MIN_LOG_LEVEL=2 \
    MALLOC_ARENA_MAX=2 \
    CNNVIZ_WARM_UP=first \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost \
    STREAMLIT_SERVER_HEADLESS=true \
    STREAMLIT_SERVER_ENABLE_WEBSOCKET_COMPRESSION=true
# The only place where anything is written: a read-only root file system needs no more.
VOLUME ["/tmp"]
USER 10001
EXPOSE 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "deploy/health.py"]
CMD ["streamlit", "run", "app.py"]
