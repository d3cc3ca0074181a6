"""copydesk under Airflow, with a CeleryExecutor and a worker that is killed."""
