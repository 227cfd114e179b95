"""The processes of a platform. They may import every layer below; no layer imports them."""
