"""From a turn's messages to its answer: who is answered, what the model is asked, what it costs, and what people see meanwhile."""
