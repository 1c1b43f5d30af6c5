# One image for web, worker and beat; compose.yaml shows how each is started.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin varde
WORKDIR /srv/varde

# Before the source, so that a change of the source does not install everything anew.
COPY requirements.lock ./
RUN pip install --require-hashes --no-deps --only-binary :all: -r requirements.lock

COPY . .

# The settings want these to be set; collecting files uses none of them. The image itself carries no secret.
RUN SECRET_KEY=only-for-collecting DATABASE_URL=postgres:///none REDIS_URL=redis://none PRODUCTION=true \
    python manage.py collectstatic --noinput \
    && mkdir -p /srv/media \
    && chown varde:varde /srv/media

ENV PRODUCTION=true \
    MEDIA_ROOT=/srv/media \
    WEB_CONCURRENCY=2 \
    WEB_THREADS=8
USER varde
EXPOSE 8000

# gunicorn's heartbeat files belong in memory: on a slow disk they make it kill healthy workers.
CMD ["sh", "-c", "exec gunicorn config.wsgi:application --bind 0.0.0.0:8000 --no-control-socket --worker-class gthread --threads ${WEB_THREADS} --worker-tmp-dir /dev/shm --graceful-timeout 20 --access-logfile -"]
