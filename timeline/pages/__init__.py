"""The timeline as pages: a learner's own, and for staff those of the mentors in their care."""
