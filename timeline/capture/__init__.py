"""How lines come into the timeline: what each row of training makes of itself, and the triggers that see to it."""
