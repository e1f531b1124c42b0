"""What happens to a record after it is filed, pure: no I/O beyond reading a profile, no clock, no database."""
