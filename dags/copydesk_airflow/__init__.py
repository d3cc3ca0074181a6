"""What the DAG files of copydesk share. Imports Airflow and the standard library only."""
