# docker build -t autoreclab .   (how to run it stands in the README)
FROM python:3.11-slim
# versions aren't pinned: security updates of the base image's distribution should come in
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 researcher
WORKDIR /opt/autoreclab
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY autoreclab autoreclab
COPY prompts prompts
COPY tasks tasks
RUN pip install --no-cache-dir -c constraints.txt .
USER 1000
WORKDIR /home/researcher
ENTRYPOINT ["autoreclab"]
CMD ["--help"]
