"""What the end-to-end tests share: real programs on loopback addresses of their own, in temporary folders."""
