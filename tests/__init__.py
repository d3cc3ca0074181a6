"""The tests: claims about copydesk, each run against real files, sockets and databases."""
