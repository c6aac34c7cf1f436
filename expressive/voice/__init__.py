"""Text and affect become sound and a speech track."""
