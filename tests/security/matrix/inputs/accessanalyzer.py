"""IAM Access Analyzer: its checks are about no resource."""

from __future__ import annotations

from tests.security.matrix.case import Case, Outcome

CASES = {
    "ValidatePolicy": Case(lambda w: {"policyDocument": "{}", "policyType": "IDENTITY_POLICY"}, Outcome.OWN),
}
