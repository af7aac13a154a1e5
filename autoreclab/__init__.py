"""An autonomous research agent for recommender-systems experiments, with git as its memory."""

__version__ = "0.1.0"
