"""What a lock file of the Node family pins: its packages, fetched and unpacked, and what each offers."""
