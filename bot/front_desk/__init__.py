"""What every door hands its visitors to."""
