"""What training announces, in the past tense, inside the transaction of the verb that did it.

`docs/signals.md` says who hears.
"""

from django.dispatch import Signal

#: A mentor has done every lesson of a course. Carries `enrollment` (with its course and mentor), `at`: the moment of
#: the last lesson. The mentor's row is locked.
course_completed = Signal()

#: Somebody has written in the conversation about a reflection. Carries `reply` (with its reflection; `is_from_staff`
#: says whose word it is), `at`. The reflection's row is locked.
reflection_replied = Signal()
