"""Models, endpoint configurations and endpoints: what serves models, and what moves it."""
