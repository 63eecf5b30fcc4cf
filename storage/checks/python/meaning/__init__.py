"""What a name, a call or an attribute of a block stands for, by the checker's word and the libraries' own sources."""
