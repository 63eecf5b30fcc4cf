"""Claude behind the Model port. The only rooms that know the SDK."""
