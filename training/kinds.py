"""The kinds of notification about training."""

#: To the mentor: staff have written in the conversation about a goal.
GOAL_MESSAGE = "goal_message"
