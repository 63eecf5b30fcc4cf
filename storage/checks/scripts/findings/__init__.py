"""What is found in a block, and which of what the compiler says is believed."""
