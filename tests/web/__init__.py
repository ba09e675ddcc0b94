"""The members' pages: handlers by their HTML, and journeys in a browser."""
