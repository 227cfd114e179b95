"""Activities: tasks that workers outside ask for and report about."""
