"""What the checks of code blocks stand on: environments of unpacked wheels, the team's source at a commit, and the processes that
read both. Nothing of what is kept here is ever run.
"""
