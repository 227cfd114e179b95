"""Who may do what: the policy language, conditions, principals and the evaluator. Knows no service and no transport."""
