"""What ``./dev`` is made of. Standard library only: it must run before anything is installed."""
