"""The kinds of notification about achievements."""

#: To the mentor: a badge was earned.
BADGE = "badge_earned"
#: To the mentor: a badge was earned a while ago, and only now noticed; nothing to make a phone ring.
EARLIER_BADGE = "badge_earned_earlier"
