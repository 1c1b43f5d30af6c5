"""The views of training's API."""
