"""simfilter: catch copies of protected text and code before anyone sees them."""

__version__ = "0.1.0"
