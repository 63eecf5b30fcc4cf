"""How an answer's references are found, resolved and tied to what is said of them; `citations.py` puts it together."""
