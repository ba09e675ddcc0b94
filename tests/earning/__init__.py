"""From a purchase to points."""
