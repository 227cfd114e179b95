"""Key policies: their operations, their validation, and those that nobody wrote."""
