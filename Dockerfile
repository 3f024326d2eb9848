# Two stages: the first builds an environment from the hashed lock, the second carries it and nothing else.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/cham
COPY requirements.lock ./
RUN /opt/cham/bin/pip install --require-hashes -r requirements.lock
COPY . .
RUN /opt/cham/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/cham --create-home cham \
    && install -d -o cham -g cham -m 0700 /srv/cham/data
COPY --from=build /opt/cham /opt/cham
ENV PATH=/opt/cham/bin:$PATH PYTHONUNBUFFERED=1 CHAM_HOST=0.0.0.0
WORKDIR /srv/cham
USER cham
VOLUME /srv/cham/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["cham", "run"]
