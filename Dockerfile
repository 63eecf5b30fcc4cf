# One image for every role: `plumbline run`, `plumbline run --role gateway`, `plumbline run --role worker`.
# Pin what it stands on by digest: docker build --build-arg BASE=python:3.13-slim@sha256:...
ARG BASE=python:3.13-slim
FROM ${BASE} AS build
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
RUN python -m venv --without-pip /opt/plumbline \
 && pip --python /opt/plumbline/bin/python install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY adapters adapters
COPY storage storage
RUN pip --python /opt/plumbline/bin/python install --no-cache-dir --no-deps .

FROM ${BASE}
RUN groupadd --gid 10001 plumbline && useradd --uid 10001 --gid 10001 --create-home --home-dir /data plumbline
COPY --from=build /opt/plumbline /opt/plumbline
ENV PATH=/opt/plumbline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PLUMBLINE_DATA_DIR=/data PLUMBLINE_METRICS_PORT=9464
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9464/live', timeout=3)"]
ENTRYPOINT ["plumbline"]
CMD ["run"]
