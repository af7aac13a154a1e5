# docker build -t autoreclab .   (how to run it stands in the README)
FROM python:3.11-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home researcher
WORKDIR /opt/autoreclab
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY autoreclab autoreclab
COPY prompts prompts
COPY tasks tasks
RUN pip install --no-cache-dir -c constraints.txt . && python -m compileall -q /usr/local/lib/python3.11/site-packages
USER researcher
WORKDIR /home/researcher
ENTRYPOINT ["autoreclab"]
CMD ["--help"]
