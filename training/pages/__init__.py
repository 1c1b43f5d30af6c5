"""The learners' own pages: courses, lessons with their videos, quizzes, and what they think of them."""
