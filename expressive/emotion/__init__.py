"""Events to affect: appraisal, dynamics, mood, personality, relations, state machine, display rules, population."""
