"""Events become affect: appraisal, dynamics, mood, personality, relations, states, display rules, population."""
