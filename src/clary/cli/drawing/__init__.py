"""Charts and pages as text: inline SVG and HTML that stand alone. Knows numbers and words, no service."""
