"""What ``make bench`` measures: each module prints its rows of the speed table."""
