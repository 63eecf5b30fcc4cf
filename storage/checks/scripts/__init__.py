"""TypeScript and JavaScript: the declarations that a lock file pins, unpacked from the operator's registry, and the native compiler
over them and over the team's own sources. No script of a package is ever run, and nothing here needs Node.
"""
