"""The demo: the sandbox's company, connected through the portal's own pages, with its first days played."""
