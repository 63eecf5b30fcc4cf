"""The blocks of one answer: made into documents, looked at, and what is told of them."""
