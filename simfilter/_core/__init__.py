"""The one door into the C core. Import from here, never from the modules behind it."""
