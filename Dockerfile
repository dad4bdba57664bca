FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/diptych \
 && /opt/diptych/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 diptych \
 && install --directory --owner diptych --group diptych --mode 0700 /data
COPY --from=build /opt/diptych /opt/diptych
ENV PATH=/opt/diptych/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DIPTYCH_DATA_DIR=/data
USER diptych
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
# Run with an init (docker run --init): the embedded server's children need a parent that reaps them.
CMD ["diptych", "serve", "--host", "0.0.0.0"]
