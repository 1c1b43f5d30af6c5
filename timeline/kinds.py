"""The kinds of notification about answers."""

#: To the learner: staff have answered a reflection.
REFLECTION_ANSWERED = "reflection_answered"
#: To coordinators and administrators, on working mornings: so many reflections wait too long.
ANSWERS_LATE = "answers_late"
