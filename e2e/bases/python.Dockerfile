ARG FROM
# PyPI cannot be reached: wheels are made of Debian's packages, and one source package with an extension in C.
FROM debian:bookworm AS wheels
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-flask python3-wheel python3-setuptools-whl gunicorn && rm -rf /var/lib/apt/lists/*
COPY make-wheels.py /
COPY fastsum /fastsum
RUN mkdir /wheels && python3 /make-wheels.py /usr/lib/python3/dist-packages /wheels \
 && mkdir /t && cp -r /fastsum /t/fastsum-1.0 && tar czf /wheels/fastsum-1.0.tar.gz -C /t fastsum-1.0 \
 && cp /usr/share/python-wheels/setuptools-*.whl /wheels/

FROM ${FROM}
ARG TOOLS="build-essential git curl wget ca-certificates gnupg openssh-client procps unzip libpq-dev libssl-dev zlib1g-dev libffi-dev libsqlite3-dev"
RUN if [ -n "$TOOLS" ]; then apt-get update && apt-get install -y --no-install-recommends $TOOLS && rm -rf /var/lib/apt/lists/*; fi
# The headers of Python are part of the official images, slim ones too.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates netbase tzdata python3 python3-pip python3-venv libpython3.11-dev \
 && rm -rf /var/lib/apt/lists/* /usr/lib/python3.11/EXTERNALLY-MANAGED
COPY --from=wheels /wheels /opt/wheels
RUN for name in python python3; do ln -s /usr/bin/python3 /usr/local/bin/$name; done && ln -s /usr/bin/pip3 /usr/local/bin/pip \
 && printf '[global]\nno-index = true\nfind-links = /opt/wheels\nroot-user-action = ignore\n' > /etc/pip.conf
ENV LANG=C.UTF-8 PYTHON_VERSION=3.11.2
CMD ["python3"]
