"""The Spark cluster of the suite, started once per worker process that needs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engines.cluster import Cluster
from tests.programs import program


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A Spark session on a real master with two workers; without Java the test fails loudly."""
    if not os.environ.get("JAVA_HOME"):
        program("java")
    from fairlead.store.spark_session import connect

    with Cluster() as cluster:
        session = connect(
            cluster.url,
            conf={
                "spark.driver.host": "127.0.0.1",
                "spark.driver.bindAddress": "127.0.0.1",
                "spark.executor.memory": "700m",
                "spark.sql.shuffle.partitions": "2",
                # Hundreds of sessions follow each other: the driver keeps no history of them.
                "spark.driver.memory": "2g",
                "spark.ui.retainedJobs": "10",
                "spark.ui.retainedStages": "10",
                "spark.ui.retainedTasks": "100",
                "spark.sql.ui.retainedExecutions": "10",
                "spark.cleaner.periodicGC.interval": "1min",
                # Cases are a few rows: compiling code for them costs more than running it plain.
                "spark.sql.codegen.wholeStage": "false",
                "spark.sql.codegen.factoryMode": "NO_CODEGEN",
                "spark.sql.adaptive.enabled": "false",
            },
        )
        yield session
        session.stop()
