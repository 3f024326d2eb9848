"""The running program: channels, web pages, settings and everything that touches the network."""
