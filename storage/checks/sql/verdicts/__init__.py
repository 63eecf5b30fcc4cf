"""What is found in the SQL of one answer, and which of it is believed."""
