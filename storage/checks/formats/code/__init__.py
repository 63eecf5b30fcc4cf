"""Go, Rust and Terraform by their grammars, SQL within them, and what their commands install."""
