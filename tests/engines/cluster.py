"""A real standalone Spark cluster on loopback: one master, two workers, from the PyPI package."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType

START_SECONDS = 90


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """Starts in `with`, ends with it; `url` is the master's address."""

    def __init__(self, workers: int = 2) -> None:
        import pyspark

        self.home = Path(pyspark.__file__).parent
        self.workers = workers
        self.folder = Path(tempfile.mkdtemp(prefix="fairlead-cluster-"))
        self.port, self.web_port = free_port(), free_port()
        self.url = f"spark://127.0.0.1:{self.port}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Cluster:
        self._start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1",
                    "--port", str(self.port), "--webui-port", str(self.web_port))  # fmt: skip
        for number in range(self.workers):
            self._start(
                f"worker{number}", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1",
                "--port", str(free_port()), "--webui-port", str(free_port()), "--cores", "1",
                "--memory", "1g", "--work-dir", str(self.folder / f"work{number}"), self.url,
            )  # fmt: skip
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(timeout=30)

    def _start(self, name: str, main: str, *arguments: str) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        environment = {
            **os.environ,
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_DAEMON_MEMORY": "256m",
        }
        command = [str(self.home / "bin" / "spark-class"), main, *arguments]
        self._processes.append(
            subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        )

    def _wait(self) -> None:
        """Until the master counts every worker as alive."""
        address = f"http://127.0.0.1:{self.web_port}/json/"
        limit = time.monotonic() + START_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < limit:
            try:
                text = opener.open(address, timeout=2).read().decode()
                if text.count('"ALIVE"') >= self.workers + 1:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        logs = "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))
        raise RuntimeError(f"the cluster did not start within {START_SECONDS} s\n{logs}")
