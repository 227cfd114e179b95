"""Layers: how they are uploaded, stored, looked for and given out. A configuration of an image is a layer, too."""
