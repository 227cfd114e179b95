"""HTTP that no model describes: what a service declares of it, and what its handlers see. Knows no connection."""

from clary.plane.sites.place import Bounds, Place
from clary.plane.sites.site import Site
from clary.plane.sites.socket import Socket, SocketClosed
from clary.plane.sites.visit import Visit

__all__ = ["Bounds", "Place", "Site", "Socket", "SocketClosed", "Visit"]
