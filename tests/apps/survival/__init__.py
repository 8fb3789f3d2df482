"""What HTTP must survive: thousands of mixed requests, well and badly behaved; and what they leave behind."""
