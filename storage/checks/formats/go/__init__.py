"""Go without its compiler: names, types and calls by the sources at hand."""
